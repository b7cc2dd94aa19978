/** Thrown where the person did not want to prove who they are; nothing was done. */
export class ProofDeclined extends Error {}

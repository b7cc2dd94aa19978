import type { Member } from '../../api/records.ts'

/** How a member is called: by name, else by address, else by the adopter's own id. */
export const memberLabel = ({ name, email, externalId, id }: Member): string => name ?? email ?? externalId ?? id

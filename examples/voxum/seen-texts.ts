import type { Page } from 'playwright-core'

/** Every text that a page shows or tells now: what is visible, and the names that a screen reader speaks. */
export const seenTexts = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    const texts = [document.title]
    const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement
      if (parent === null || parent.closest('script, style, noscript, template') !== null) continue
      // The choices of a closed list are shown by the browser itself.
      const shown = parent.closest('select') ?? parent
      if (shown.checkVisibility()) texts.push(node.textContent ?? '')
    }
    for (const element of document.querySelectorAll('[aria-label], [placeholder], [title], [alt]'))
      for (const name of ['aria-label', 'placeholder', 'title', 'alt'])
        if (element.checkVisibility()) texts.push(element.getAttribute(name) ?? '')
    return [...new Set(texts.map((text) => text.replaceAll(/\s+/g, ' ').trim()))].filter((text) => /\p{L}/u.test(text))
  })

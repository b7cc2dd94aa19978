import '@fontsource-variable/inter/wght.css'
import '@fontsource-variable/jetbrains-mono/wght.css'
import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './page.css'
import { createRoot } from 'react-dom/client'
import { Root } from './root.tsx'

const element = document.getElementById('root')
if (element === null) throw new Error('the page has no root')
createRoot(element).render(<Root />)

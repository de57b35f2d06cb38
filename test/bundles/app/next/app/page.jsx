import { Feed } from './feed'

// A server component that renders a client component.
export default function Page() {
  return <Feed />
}

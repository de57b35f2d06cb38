import { join } from 'node:path'
import { tls } from '../support/certificate.js'
import { configsOf, withLinesAfter, withPlaces } from './page-config.js'
import { onExpressApp, onFastifyApp, onKoaApp, type Serve } from './proxied-app.js'
import type { Configure, Ports } from './proxy-process.js'

/** A proxy, as its page of docs/deployment configures it. */
export interface Proxy {
  /** The name of its program. */
  readonly program: string
  readonly serve: Serve
  /** Whether the page's configuration, once its ports are replaced, speaks TLS. */
  readonly secure: boolean
  /** Whether it asks the servers for `/readyz`. */
  readonly probes: boolean
  readonly configure: Configure
  /** The page's configuration with 3 seconds in place of each timeout of 60 seconds, if it has timeouts. */
  readonly impatient?: Configure
}

function addresses({ servers: [a, b] }: Ports): Record<string, string> {
  return { '127.0.0.1:3000': `127.0.0.1:${a}`, '127.0.0.1:3001': `127.0.0.1:${b}` }
}

function nginx(ports: Ports, folder: string, change = (config: string): string => config): ReturnType<Configure> {
  const [site = '', main = '', subPath = ''] = configsOf('nginx.md', 'nginx')
  const config = withPlaces(withLinesAfter(site, 'server_name', subPath), {
    'listen 443 ssl': `listen 127.0.0.1:${ports.proxy} ssl`,
    '/etc/ssl/app.example.com.crt': join(folder, 'app.crt'),
    '/etc/ssl/app.example.com.key': join(folder, 'app.key'),
    ...addresses(ports),
  })
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const temporary = paths.map((name) => `${name}_temp_path ${folder};`).join('\n')
  const around = `daemon off;\npid ${join(folder, 'pid')};\nerror_log stderr;\n${main}`
  return {
    files: {
      'nginx.conf': `${around}\nhttp {\naccess_log off;\n${temporary}\ninclude ${join(folder, 'app.conf')};\n}\n`,
      'app.conf': change(config),
      'app.crt': tls.cert,
      'app.key': tls.key,
    },
    args: ['-e', 'stderr', '-c', join(folder, 'nginx.conf')],
  }
}

function haproxy(ports: Ports, folder: string, change = (config: string): string => config): ReturnType<Configure> {
  const [site = '', subPath = ''] = configsOf('haproxy.md', 'haproxy')
  const config = withPlaces(withLinesAfter(site, 'bind ', subPath), {
    'bind :443': `bind 127.0.0.1:${ports.proxy}`,
    '/etc/haproxy/app.example.com.pem': join(folder, 'app.pem'),
    ...addresses(ports),
  })
  return {
    files: { 'haproxy.cfg': change(config), 'app.pem': `${tls.cert}\n${tls.key}\n` },
    args: ['-db', '-f', join(folder, 'haproxy.cfg')],
  }
}

function caddy(ports: Ports, folder: string): ReturnType<Configure> {
  const [site = '', subPath = ''] = configsOf('caddy.md', 'caddyfile')
  const whole = withPlaces(withLinesAfter(site, 'app.example.com {', subPath), {
    'app.example.com {': `http://app.example.com:${ports.proxy} {`,
    ...addresses(ports),
  })
  return {
    files: { Caddyfile: `{\nadmin off\n}\n${whole}` },
    args: ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')],
  }
}

const hasten = (config: string): string => withPlaces(config, { '60s': '3s' })

export const PROXIES: readonly Proxy[] = [
  {
    program: 'nginx',
    serve: onExpressApp,
    secure: true,
    probes: false,
    configure: nginx,
    impatient: (ports, folder) => nginx(ports, folder, hasten),
  },
  {
    program: 'haproxy',
    serve: onFastifyApp,
    secure: true,
    probes: true,
    configure: haproxy,
    impatient: (ports, folder) => haproxy(ports, folder, hasten),
  },
  { program: 'caddy', serve: onKoaApp, secure: false, probes: true, configure: caddy },
]

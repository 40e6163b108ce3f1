// An OpenID provider that is not ours: client credentials, and access tokens as signed JSON Web Tokens.
//
// node serve.mjs CONFIGURATION, a JSON file: {"port", "keys": private JSON Web Keys, "algorithm",
// "clients": {"<id>": {"secret", "roles", "areas"}}}. A token is for the audience that its resource names: urn:<audience>.
// Without a resource it is an opaque one.

import { readFileSync } from 'node:fs'

import Provider from 'oidc-provider'

const { port, keys, algorithm, clients } = JSON.parse(readFileSync(process.argv[2], 'utf8'))

const provider = new Provider(`http://127.0.0.1:${port}`, {
  jwks: { keys },
  clients: Object.entries(clients).map(([id, { secret }]) => ({
    client_id: id,
    client_secret: secret,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    id_token_signed_response_alg: algorithm,
  })),
  cookies: { keys: ['no-cookie-is-made'] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (ctx, resource) => ({
        audience: resource.replace('urn:', ''),
        scope: '',
        accessTokenFormat: 'jwt',
        accessTokenTTL: 300,
        jwt: { sign: { alg: algorithm } },
      }),
    },
  },
  extraTokenClaims: (ctx, token) => {
    const { roles, areas } = clients[token.clientId]
    return { roles, areas }
  },
})

provider.on('server_error', (ctx, error) => console.error(error))
provider.listen(port, '127.0.0.1')

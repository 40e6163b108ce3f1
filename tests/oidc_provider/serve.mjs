// An OpenID provider that is not ours, with its own pages on which anybody signs in with any password.
//
// node serve.mjs CONFIGURATION, a JSON file: {"port", "keys": private JSON Web Keys, "algorithm", "redirectUri",
// "clients": {"<id>": {"secret", "roles", "areas"}}, "accounts": {"<id>": {"roles", "areas"}}}. The clients have client
// credentials; besides them there are the public clients `rj` (device codes) and `console` (codes with PKCE). A token is
// for the audience that its resource names: urn:<audience>. Without a resource it is an opaque one.

import { readFileSync } from 'node:fs'

import Provider from 'oidc-provider'

const { port, keys, algorithm, redirectUri, clients, accounts } = JSON.parse(readFileSync(process.argv[2], 'utf8'))

const publicClient = (id, grant, more) => ({
  client_id: id,
  token_endpoint_auth_method: 'none',
  grant_types: [grant, 'refresh_token'],
  id_token_signed_response_alg: algorithm,
  redirect_uris: [],
  response_types: [],
  ...more,
})

const provider = new Provider(`http://127.0.0.1:${port}`, {
  jwks: { keys },
  clients: [
    ...Object.entries(clients).map(([id, { secret }]) => ({
      client_id: id,
      client_secret: secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: algorithm,
    })),
    publicClient('rj', 'urn:ietf:params:oauth:grant-type:device_code'),
    publicClient('console', 'authorization_code', {
      // A loopback address is allowed for native applications only.
      application_type: 'native',
      redirect_uris: [redirectUri],
      post_logout_redirect_uris: [redirectUri],
      response_types: ['code'],
    }),
  ],
  findAccount: (ctx, id) => accounts[id] && { accountId: id, claims: () => ({ sub: id }) },
  cookies: { keys: ['for-this-test-only'] },
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    devInteractions: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
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
    const { roles, areas } = accounts[token.accountId] ?? clients[token.clientId]
    return { roles, areas }
  },
})

provider.on('server_error', (ctx, error) => console.error(error))
provider.listen(port, '127.0.0.1')

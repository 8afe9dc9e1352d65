package hcpfake

// ClientEnv is the environment that leads a client in another process to the
// endpoint and makes it trust it, as the seed's first client and to the seed's
// first project. caFile is a file that holds the endpoint's CA. The client also
// needs a HOME of its own, because the SDK caches tokens there by client ID
// alone.
func ClientEnv(e *Endpoint, seed Seed, caFile string) map[string]string {
	env := e.Env()
	env["SSL_CERT_FILE"] = caFile
	env["HCP_CLIENT_ID"] = seed.Clients[0].ID
	env["HCP_CLIENT_SECRET"] = seed.Clients[0].Secret
	env["HCP_ORGANIZATION_ID"] = seed.Organizations[0].ID
	env["HCP_PROJECT_ID"] = seed.Organizations[0].Projects[0].ID
	return env
}

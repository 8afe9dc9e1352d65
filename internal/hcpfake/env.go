package hcpfake

import "errors"

// ClientEnv is the environment that leads a client in another process to the
// endpoint and makes it trust it: as the seed's first client, and to that
// client's project, if it has one, or else to the seed's first. caFile is a file
// that holds the endpoint's CA. The client also needs a HOME of its own, because
// the SDK caches tokens there by client ID alone.
func ClientEnv(e *Endpoint, seed Seed, caFile string) (map[string]string, error) {
	if len(seed.Clients) == 0 {
		return nil, errors.New("the seed has no clients, so nobody could sign in")
	}
	client := seed.Clients[0]
	for _, organization := range seed.Organizations {
		for _, project := range organization.Projects {
			if client.ProjectID != "" && client.ProjectID != project.ID {
				continue
			}
			env := e.Env()
			env["SSL_CERT_FILE"] = caFile
			env["HCP_CLIENT_ID"] = client.ID
			env["HCP_CLIENT_SECRET"] = client.Secret
			env["HCP_ORGANIZATION_ID"] = organization.ID
			env["HCP_PROJECT_ID"] = project.ID
			return env, nil
		}
	}
	return nil, errors.New("the seed has no project, so there is nothing to read")
}

package hcpfake

import "errors"

// ClientEnv returns the environment variables with which an HCP client in another
// process can read from the endpoint. They contain the credentials of the seed's
// first client, and its project or, for an organization-level client, the seed's
// first project. caFile is the name of a file that contains the endpoint's CA. It
// fails if the seed has no client or no such project.
func ClientEnv(e *Endpoint, seed Seed, caFile string) (map[string]string, error) {
	if len(seed.Clients) == 0 {
		return nil, errors.New("the seed has no clients")
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
	return nil, errors.New("the seed has no project for its first client")
}

package auth

import "testing"

// A credential file gives usable credentials or an error.
func FuzzCredentialFile(f *testing.F) {
	for _, seed := range []string{
		`{"scheme": "service_principal_creds", "oauth": {"client_id": "id", "client_secret": "secret"}}`,
		`{"scheme": "workload", "workload": {"provider_resource_name": "` + testResource + `", "token": {"token": "t"}}}`,
		`{"scheme": "workload", "workload": {"provider_resource_name": "` + testResource + `", "aws": {}}}`,
		`{"scheme": "workload", "oauth": {}}`, `{"scheme": "workload", "workload": null}`, `{}`, `null`, `[]`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		source, err := parseCredentialFile(data)
		if err != nil {
			return
		}
		switch source := source.(type) {
		case servicePrincipal:
			if source.clientID == "" || source.clientSecret == "" {
				t.Errorf("got %+v", source)
			}
		case workloadIdentity:
			if CheckResourceName(source.config.ProviderResourceName) != nil {
				t.Errorf("got %+v", source)
			}
		default:
			t.Errorf("got %T", source)
		}
	})
}

package auth

import (
	"testing"
	"unicode/utf8"
)

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

// Error responses to a sign-in are decoded as those of the API, and more.
func FuzzSignInError(f *testing.F) {
	for _, seed := range []string{
		`{"code": 5, "message": "no such channel", "details": []}`, `{"error": "invalid_client", "error_description": "no"}`,
		`<html>`, ``, `null`, `{"code": "5"}`, `{"message": 5}`,
	} {
		f.Add(404, []byte(seed))
		f.Add(401, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		{
			failure := decodeSignInError(status, body)
			if failure.Status != status {
				t.Errorf("got %+v", failure)
			}
			if !utf8.ValidString(failure.Message) {
				t.Errorf("the message is not UTF-8: %q", failure.Message)
			}
		}
	})
}

package hcp

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// Whatever comes back, there is an iteration with an ID or an error of a known
// type, and no panic.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		fullAnswer, `{}`, `null`, `[]`, `{"channel": null}`, `{"channel": {"id": "01"}}`,
		`{"channel": {"name": "production", "version": {"id": "01", "revoke_at": "", "builds": [null, {"artifacts": [null]}]}}}`,
		`{"channel": {"name": "production", "version": {"id": "01", "status": "VERSION_MELTED", "created_at": "0001-01-01"}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		var payload models.HashicorpCloudPacker20230101GetChannelResponse
		if err := json.Unmarshal(answer, &payload); err != nil {
			if decodeProblem("the answer", err) == "" {
				t.Errorf("no problem is told for %v", err)
			}
			return
		}
		iteration, err := iterationOf(askedChannel, payload.Channel)
		var failure *registry.Failure
		var unassigned *registry.UnassignedError
		switch {
		case err == nil && iteration.ID != "":
		case err != nil && iteration == nil && (errors.As(err, &failure) || errors.As(err, &unassigned)):
		default:
			t.Errorf("got %+v, %v", iteration, err)
		}
	})
}

func FuzzRefusal(f *testing.F) {
	for _, seed := range []string{
		`{"code": 5, "message": "no such channel", "details": []}`, `{"error": "invalid_client", "error_description": "no"}`,
		`<html>`, ``, `null`, `{"code": "5"}`, `{"message": 5}`,
	} {
		f.Add(404, []byte(seed))
		f.Add(401, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		for _, read := range []refusal{apiRefusal, signInRefusal} {
			failure := read(status, body)
			if failure.Status != status {
				t.Errorf("got %+v", failure)
			}
			if !utf8.ValidString(failure.Message) {
				t.Errorf("the message is not UTF-8: %q", failure.Message)
			}
		}
	})
}

// A credential file gives usable credentials of one kind, or an error.
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
		credentials, err := parseCredentialFile(data)
		if err != nil {
			return
		}
		key, identity := credentials.servicePrincipal, credentials.workload
		switch {
		case key != nil && identity == nil && key.ClientID != "" && key.ClientSecret != "":
		case identity != nil && key == nil && CheckResourceName(identity.ProviderResourceName) == nil:
		default:
			t.Errorf("got %+v", credentials)
		}
	})
}

package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

const otherUUID = "5e6f7a8b-9c0d-4e1f-a2b3-c4d5e6f7a8b9"

func TestSettings(t *testing.T) {
	value, unknown := types.StringValue, types.StringUnknown()
	for name, tc := range map[string]struct {
		model    providerModel
		env      map[string]string
		want     hcp.Config
		location registry.Location
		err      []string // what the error says
	}{
		"nothing": {},
		"environment": {
			env: map[string]string{
				"HCP_CLIENT_ID": "env-id", "HCP_CLIENT_SECRET": "env-secret",
				"HCP_ORGANIZATION_ID": testOrganization, "HCP_PROJECT_ID": testProject,
				"HCP_API_ADDRESS": "api", "HCP_AUTH_URL": "auth", "HCP_API_TLS": "api-tls", "HCP_AUTH_TLS": "auth-tls",
			},
			want: hcp.Config{
				ClientID: "env-id", ClientSecret: "env-secret",
				Endpoints: hcp.Endpoints{APIAddress: "api", AuthURL: "auth", APITLS: "api-tls", AuthTLS: "auth-tls"},
			},
			location: registry.Location{OrganizationID: testOrganization, ProjectID: testProject},
		},
		"configuration before environment": {
			model: providerModel{
				ClientID: value("id"), ClientSecret: value("secret"),
				OrganizationID: value(testOrganization), ProjectID: value(testProject),
			},
			env: map[string]string{
				"HCP_CLIENT_ID": "env-id", "HCP_CLIENT_SECRET": "env-secret",
				"HCP_ORGANIZATION_ID": otherUUID, "HCP_PROJECT_ID": otherUUID,
			},
			want:     hcp.Config{ClientID: "id", ClientSecret: "secret"},
			location: registry.Location{OrganizationID: testOrganization, ProjectID: testProject},
		},
		"organization and project each on its own": {
			model:    providerModel{OrganizationID: value(testOrganization)},
			env:      map[string]string{"HCP_PROJECT_ID": testProject},
			location: registry.Location{OrganizationID: testOrganization, ProjectID: testProject},
		},
		"project alone": {
			env:      map[string]string{"HCP_PROJECT_ID": testProject},
			location: registry.Location{ProjectID: testProject},
		},
		"configured credentials do not mix with a variable": {
			model: providerModel{ClientID: value("id"), ClientSecret: value("secret")},
			env:   map[string]string{"HCP_CLIENT_ID": "env-id"},
			want:  hcp.Config{ClientID: "id", ClientSecret: "secret"},
		},
		"ID without secret": {
			env: map[string]string{"HCP_CLIENT_ID": "env-id", "HCP_CLIENT_SECRET": ""},
			err: []string{"HCP_CLIENT_ID without HCP_CLIENT_SECRET"},
		},
		"secret without ID": {
			env: map[string]string{"HCP_CLIENT_SECRET": "env-secret"},
			err: []string{"HCP_CLIENT_SECRET without HCP_CLIENT_ID"},
		},
		"organization that is no UUID": {
			env: map[string]string{"HCP_ORGANIZATION_ID": "../org"},
			err: []string{"HCP_ORGANIZATION_ID", `"../org"`},
		},
		"project that is no UUID": {
			env: map[string]string{"HCP_PROJECT_ID": "my-project"},
			err: []string{"HCP_PROJECT_ID", `"my-project"`},
		},
		"unknown secret": {
			model: providerModel{ClientID: value("id"), ClientSecret: unknown},
			err:   []string{"known only after apply: client_secret.", "-target"},
		},
		"all unknown": {
			model: providerModel{ClientID: unknown, ClientSecret: unknown, OrganizationID: unknown, ProjectID: unknown},
			err:   []string{"client_id, client_secret, organization_id, project_id"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, location, err := settings(tc.model, func(name string) string { return tc.env[name] })
			if len(tc.err) > 0 {
				requireMessage(t, err, tc.err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
			if location != tc.location {
				t.Errorf("got %+v, want %+v", location, tc.location)
			}
		})
	}
}

func requireMessage(t *testing.T, err error, facts []string) {
	t.Helper()
	if err == nil {
		t.Fatal("there is no error")
	}
	for _, fact := range facts {
		if !strings.Contains(err.Error(), fact) {
			t.Errorf("the error does not say %q: %v", fact, err)
		}
	}
	if strings.Contains(err.Error(), "env-secret") {
		t.Errorf("the error tells the secret: %v", err)
	}
}

// What is wrong with the configuration is said at its attribute.
func TestBadConfiguration(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		provider string // the body of the provider block
		env      map[string]string
		want     diagnostic
	}{
		"client_id alone":      {`client_id = "id"`, nil, diagnostic{summary: "Invalid Attribute Combination", attribute: "client_id", facts: []string{"client_secret"}}},
		"client_secret alone":  {`client_secret = "hush"`, nil, diagnostic{summary: "Invalid Attribute Combination", attribute: "client_secret", facts: []string{"client_id"}, silent: []string{"hush"}}},
		"organization no UUID": {`organization_id = "my-org"`, nil, diagnostic{summary: "Invalid ID", attribute: "organization_id", facts: []string{`"my-org"`, "UUID"}}},
		"project no UUID":      {`project_id = "../x"`, nil, diagnostic{summary: "Invalid ID", attribute: "project_id", facts: []string{`"../x"`, "UUID"}}},
		"no credentials": {``, map[string]string{"HCP_CLIENT_ID": "", "HCP_CLIENT_SECRET": ""}, diagnostic{
			summary: "No HCP Credentials",
			facts:   []string{`"production"`, `"hardened-ubuntu"`, testProject, "client_id", "HCP_CLIENT_ID", "HCP_CLIENT_SECRET"},
		}},
		"half the credentials": {``, map[string]string{"HCP_CLIENT_SECRET": ""}, diagnostic{
			summary: "Provider Cannot Be Used As Configured", facts: []string{"HCP_CLIENT_ID without HCP_CLIENT_SECRET", `"production"`},
		}},
		"wrong secret": {`
  client_id     = "test-client"
  client_secret = "not-the-one"`, nil, diagnostic{
			summary: "HCP Credentials Refused", facts: []string{`"production"`, testProject, "HTTP status:  401", "client_secret"}, silent: []string{"not-the-one"},
		}},
		"no project": {``, map[string]string{"HCP_PROJECT_ID": ""}, diagnostic{
			summary: "Provider Cannot Be Used As Configured", facts: []string{"No HCP project", "project_id", "HCP_PROJECT_ID"},
		}},
		"no organization": {``, map[string]string{"HCP_ORGANIZATION_ID": ""}, diagnostic{
			summary: "Provider Cannot Be Used As Configured", facts: []string{"No HCP organization", "organization_id", "HCP_ORGANIZATION_ID"},
		}},
		"API address with a scheme": {``, map[string]string{"HCP_API_ADDRESS": "https://api"}, diagnostic{
			summary: "Provider Cannot Be Used As Configured", facts: []string{"HCP_API_ADDRESS", `"https://api"`},
		}},
		"plain text beyond loopback": {``, map[string]string{"HCP_API_ADDRESS": "api.example.com:80", "HCP_API_TLS": "disabled"}, diagnostic{
			summary: "Provider Cannot Be Used As Configured", facts: []string{"HCP_API_TLS", "api.example.com:80", "plain text"},
		}},
		"unknown TLS setting": {``, map[string]string{"HCP_AUTH_TLS": "maybe"}, diagnostic{
			summary: "Provider Cannot Be Used As Configured", facts: []string{"HCP_AUTH_TLS", `"maybe"`},
		}},
		"signing in without TLS": {``, map[string]string{"HCP_AUTH_URL": "http://127.0.0.1"}, diagnostic{
			summary: "Provider Cannot Be Used As Configured", facts: []string{"HCP_AUTH_URL", "https://"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for name, value := range tc.env {
				w.env[name] = value
			}
			w.requireError(t, "provider \"packer\" {\n"+tc.provider+"\n}\n"+readConfig, tc.want)
		})
	}
}

// A setting that another resource makes is named, and not tried empty.
func TestUnknownSetting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.requireError(t, `
resource "terraform_data" "secret" {
  input = "made-later"
}

provider "packer" {
  client_id     = "test-client"
  client_secret = terraform_data.secret.output
}`+readConfig, diagnostic{
		summary: "Provider Cannot Be Used As Configured", facts: []string{"known only after apply: client_secret.", "-target", `"production"`},
	})
	if n := w.fake.Count(""); n != 0 {
		t.Errorf("%d requests: %v", n, w.fake.Requests())
	}
}

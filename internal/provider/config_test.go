package provider

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp"
	"github.com/hashicorp/terraform-provider-packer/internal/hcp/auth"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

const otherUUID = "5e6f7a8b-9c0d-4e1f-a2b3-c4d5e6f7a8b9"

// credentialFiles are the paths of files and home directories.
type credentialFiles struct {
	home       string // has a credential file and a cached login
	login      string // has a cached login only
	empty      string // has neither
	key        string // a service principal's file
	workload   string // a workload's file
	token      string // a workload's token
	malformed  string
	incomplete string
}

func writeCredentialFiles(t *testing.T) credentialFiles {
	t.Helper()
	dir := t.TempDir()
	write := func(name, content string) string {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
		return file
	}
	const key = `{"scheme": "service_principal_creds", "oauth": {"client_id": %q, "client_secret": "file-secret"}}`
	const login = `{"login": {"access_token": "session-token"}}`
	write("home/.config/hcp/cred_file.json", fmt.Sprintf(key, "home-id"))
	write("home/.config/hcp/creds-cache.json", login)
	write("login/.config/hcp/creds-cache.json", login)
	return credentialFiles{
		home: filepath.Join(dir, "home"), login: filepath.Join(dir, "login"), empty: filepath.Join(dir, "empty"),
		key: write("key.json", fmt.Sprintf(key, "file-id")),
		workload: write("workload.json", `{"scheme": "workload", "workload": {
			"provider_resource_name": "`+testResourceName+`", "file": {"path": "/var/run/token"}}}`),
		token:      write("token", "subject-token"),
		malformed:  write("malformed.json", `{"oauth": {"client_secret": "file-secret"`),
		incomplete: write("incomplete.json", `{"scheme": "service_principal_creds", "oauth": {"client_secret": "file-secret"}}`),
	}
}

const testResourceName = "iam/project/" + testProject + "/service-principal/ci/workload-identity-provider/github"

func TestResolveConfig(t *testing.T) {
	files := writeCredentialFiles(t)
	value, unknown := types.StringValue, types.StringUnknown()
	must := func(credentials auth.Credentials, err error) auth.Credentials {
		if err != nil {
			t.Fatal(err)
		}
		return credentials
	}
	key := auth.ServicePrincipal
	const (
		fromBlock = "client_id and client_secret in the provider's configuration"
		fromPair  = "HCP_CLIENT_ID and HCP_CLIENT_SECRET in the environment"
		fromFile  = "credential_file in the provider's configuration"
		fromVar   = "the file that HCP_CRED_FILE names"

		fromIdentity = "workload_identity in the provider's configuration"
	)
	everything := map[string]string{
		"HCP_CLIENT_ID": "env-id", "HCP_CLIENT_SECRET": "env-secret", "HCP_CRED_FILE": files.key, "HOME": files.home,
	}

	for name, tc := range map[string]struct {
		model    providerModel
		env      map[string]string
		want     hcp.Config
		location registry.Location
		err      []string // what the error says
	}{
		"nothing": {},
		"nothing at home": {
			env: map[string]string{"HOME": files.empty},
		},

		"configured key before all else": {
			model: providerModel{ClientID: value("id"), ClientSecret: value("secret")},
			env:   everything,
			want:  hcp.Config{Credentials: key(fromBlock, "id", "secret")},
		},
		"configured file before all else": {
			model: providerModel{CredentialFile: value(files.workload)},
			env:   everything,
			want:  hcp.Config{Credentials: must(auth.CredentialFile(fromFile, files.workload))},
		},
		"configured workload token before all else": {
			model: providerModel{WorkloadIdentity: workloadObject(value("jwt"), types.StringNull())},
			env:   everything,
			want:  hcp.Config{Credentials: auth.WorkloadToken(fromIdentity, testResourceName, "jwt")},
		},
		"configured workload token file before all else": {
			model: providerModel{WorkloadIdentity: workloadObject(types.StringNull(), value(files.token))},
			env:   everything,
			want:  hcp.Config{Credentials: auth.WorkloadTokenFile(fromIdentity, testResourceName, files.token)},
		},
		"key in the environment before any file": {
			env:  everything,
			want: hcp.Config{Credentials: key(fromPair, "env-id", "env-secret")},
		},
		"file in the environment before home": {
			env:  map[string]string{"HCP_CRED_FILE": files.key, "HOME": files.home},
			want: hcp.Config{Credentials: key(fromVar, "file-id", "file-secret")},
		},
		"file at home before the session": {
			env:  map[string]string{"HOME": files.home},
			want: hcp.Config{Credentials: key(filepath.Join(files.home, ".config/hcp/cred_file.json"), "home-id", "file-secret")},
		},
		"session last": {
			env:  map[string]string{"HOME": files.login},
			want: hcp.Config{Credentials: must(auth.DefaultCredentials(files.login))},
		},
		"empty variables are unset": {
			env: map[string]string{
				"HCP_CLIENT_ID": "", "HCP_CLIENT_SECRET": "", "HCP_CRED_FILE": "", "HOME": "", "HCP_GEOGRAPHY": "",
				"HCP_ORGANIZATION_ID": "", "HCP_PROJECT_ID": "",
			},
		},
		"configured key does not mix with a variable": {
			model: providerModel{ClientID: value("id"), ClientSecret: value("secret")},
			env:   map[string]string{"HCP_CLIENT_ID": "env-id"},
			want:  hcp.Config{Credentials: key(fromBlock, "id", "secret")},
		},

		"ID without secret": {
			env: map[string]string{"HCP_CLIENT_ID": "env-id", "HCP_CLIENT_SECRET": "", "HOME": files.home},
			err: []string{"HCP_CLIENT_ID without HCP_CLIENT_SECRET"},
		},
		"secret without ID": {
			env: map[string]string{"HCP_CLIENT_SECRET": "env-secret", "HCP_CRED_FILE": files.key},
			err: []string{"HCP_CLIENT_SECRET without HCP_CLIENT_ID"},
		},
		"configured file missing": {
			model: providerModel{CredentialFile: value(files.empty)},
			err:   []string{"sets credential_file", "cannot be read", files.empty},
		},
		"configured file malformed": {
			model: providerModel{CredentialFile: value(files.malformed)},
			err:   []string{"cannot be used", files.malformed, "it is not JSON"},
		},
		"configured file incomplete": {
			model: providerModel{CredentialFile: value(files.incomplete)},
			err:   []string{"cannot be used", files.incomplete, "client_id and client_secret"},
		},
		"file in the environment missing": {
			env: map[string]string{"HCP_CRED_FILE": files.empty, "HOME": files.home},
			err: []string{"cannot be read", files.empty, "HCP_CRED_FILE"},
		},
		"file in the environment malformed": {
			env: map[string]string{"HCP_CRED_FILE": files.malformed},
			err: []string{"cannot be used", files.malformed, "HCP_CRED_FILE"},
		},

		"addresses and geography": {
			env: map[string]string{
				"HCP_API_ADDRESS": "api", "HCP_AUTH_URL": "auth", "HCP_API_TLS": "api-tls", "HCP_AUTH_TLS": "auth-tls",
				"HCP_GEOGRAPHY": "eu",
			},
			want: hcp.Config{Endpoints: hcp.Endpoints{
				Geography: "eu", APIAddress: "api", AuthURL: "auth", APITLS: "api-tls", AuthTLS: "auth-tls",
			}},
		},
		"older name of the address": {
			env:  map[string]string{"HCP_API_HOST": "https://host", "HCP_API_ADDRESS": "api"},
			want: hcp.Config{Endpoints: hcp.Endpoints{APIAddress: "host"}},
		},
		"configured geography": {
			model: providerModel{Geography: value("us")},
			env:   map[string]string{"HCP_GEOGRAPHY": "eu", "HCP_API_ADDRESS": "api"},
			want:  hcp.Config{Endpoints: hcp.Endpoints{Geography: "us", APIAddress: "api"}},
		},
		"location of the environment": {
			env:      map[string]string{"HCP_ORGANIZATION_ID": testOrganization, "HCP_PROJECT_ID": testProject},
			location: registry.Location{OrganizationID: testOrganization, ProjectID: testProject},
		},
		"location of the configuration": {
			model:    providerModel{OrganizationID: value(testOrganization), ProjectID: value(testProject)},
			env:      map[string]string{"HCP_ORGANIZATION_ID": otherUUID, "HCP_PROJECT_ID": otherUUID},
			location: registry.Location{OrganizationID: testOrganization, ProjectID: testProject},
		},
		"organization configured, project of the environment": {
			model:    providerModel{OrganizationID: value(testOrganization)},
			env:      map[string]string{"HCP_ORGANIZATION_ID": otherUUID, "HCP_PROJECT_ID": testProject},
			location: registry.Location{OrganizationID: testOrganization, ProjectID: testProject},
		},
		"project configured, organization of the environment": {
			model:    providerModel{ProjectID: value(testProject)},
			env:      map[string]string{"HCP_ORGANIZATION_ID": testOrganization, "HCP_PROJECT_ID": otherUUID},
			location: registry.Location{OrganizationID: testOrganization, ProjectID: testProject},
		},
		"project alone": {
			env:      map[string]string{"HCP_PROJECT_ID": testProject},
			location: registry.Location{ProjectID: testProject},
		},
		"organization alone": {
			env:      map[string]string{"HCP_ORGANIZATION_ID": testOrganization},
			location: registry.Location{OrganizationID: testOrganization},
		},
		"organization that is not a UUID": {
			env: map[string]string{"HCP_ORGANIZATION_ID": "../org"},
			err: []string{"HCP_ORGANIZATION_ID", `"../org"`},
		},
		"project that is not a UUID": {
			env: map[string]string{"HCP_PROJECT_ID": "my-project"},
			err: []string{"HCP_PROJECT_ID", `"my-project"`},
		},

		"several problems": {
			env: map[string]string{"HCP_CLIENT_ID": "env-id", "HCP_PROJECT_ID": "my-project"},
			err: []string{
				"The environment sets HCP_CLIENT_ID without HCP_CLIENT_SECRET; set both or neither.\nThe environment variable HCP_PROJECT_ID",
			},
		},

		"unknown secret": {
			model: providerModel{ClientID: value("id"), ClientSecret: unknown},
			err:   []string{"known only after apply: client_secret.", "-target"},
		},
		"unknown token": {
			model: providerModel{WorkloadIdentity: workloadObject(unknown, types.StringNull())},
			err:   []string{"known only after apply: workload_identity.token."},
		},
		"all unknown": {
			model: providerModel{
				ClientID: unknown, ClientSecret: unknown, CredentialFile: unknown,
				WorkloadIdentity: types.ObjectUnknown(workloadTypes),
				OrganizationID:   unknown, ProjectID: unknown, Geography: unknown, AllowRevoked: types.BoolUnknown(),
			},
			err: []string{"client_id, client_secret, credential_file, workload_identity, organization_id, project_id, geography, allow_revoked"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, location, err := resolveConfig(tc.model, func(name string) string { return tc.env[name] })
			if len(tc.err) > 0 {
				requireMessage(t, err, tc.err)
				var invalid *configError
				if !errors.As(err, &invalid) {
					t.Errorf("%v is not a configError", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
			if location != tc.location {
				t.Errorf("got %+v, want %+v", location, tc.location)
			}
		})
	}
}

var workloadTypes = map[string]attr.Type{
	"resource_name": types.StringType, "token": types.StringType, "token_file": types.StringType,
}

func workloadObject(token, tokenFile types.String) types.Object {
	return types.ObjectValueMust(workloadTypes, map[string]attr.Value{
		"resource_name": types.StringValue(testResourceName), "token": token, "token_file": tokenFile,
	})
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
	for _, secret := range []string{"env-secret", "file-secret", "session-token", "subject-token"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error contains a secret: %v", err)
		}
	}
}

// Errors of the configuration point to their attribute.
func TestInvalidConfiguration(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		provider string // the body of the provider block
		env      map[string]string
		want     diagnostic
	}{
		"client_id alone":         {`client_id = "id"`, nil, diagnostic{summary: "Invalid Attribute Combination", attribute: "client_id", facts: []string{"client_secret"}}},
		"client_secret alone":     {`client_secret = "hush"`, nil, diagnostic{summary: "Invalid Attribute Combination", attribute: "client_secret", facts: []string{"client_id"}, absent: []string{"hush"}}},
		"organization not a UUID": {`organization_id = "my-org"`, nil, diagnostic{summary: "Invalid ID", attribute: "organization_id", facts: []string{`"my-org"`, "UUID"}}},
		"project not a UUID":      {`project_id = "../x"`, nil, diagnostic{summary: "Invalid ID", attribute: "project_id", facts: []string{`"../x"`, "UUID"}}},
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
			summary: "HCP Credentials Refused", facts: []string{`"production"`, testProject, "HTTP status:  401", "client_secret"}, absent: []string{"not-the-one"},
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
			f := newFixture(t)
			maps.Copy(f.env, tc.env)
			f.requireError(t, "provider \"packer\" {\n"+tc.provider+"\n}\n"+readConfig, tc.want)
		})
	}
}

// An attribute whose value is unknown is named, and not taken for unset.
func TestUnknownConfiguration(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.oldest = tfversion.Version1_4_0 // for terraform_data
	f.requireError(t, `
resource "terraform_data" "secret" {
  input = "made-later"
}

provider "packer" {
  client_id     = "test-client"
  client_secret = terraform_data.secret.output
}`+readConfig, diagnostic{
		summary: "Provider Cannot Be Used As Configured", facts: []string{"known only after apply: client_secret.", "-target", `"production"`},
	})
	if n := f.fake.Count(""); n != 0 {
		t.Errorf("%d requests: %v", n, f.fake.Requests())
	}
}

package provider

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

// shortTimeoutConfig is readConfig with a short timeout.
const shortTimeoutConfig = `
data "packer_image_iteration" "test" {
  bucket   = "hardened-ubuntu"
  channel  = "production"
  timeouts = {
    read = "3s"
  }
}`

// Every failure is explained.
func TestFailures(t *testing.T) {
	t.Parallel()
	hour := http.Header{"Retry-After": {"3600"}}
	inject := func(fault hcpfake.Fault) func(*fixture) { return func(f *fixture) { f.fake.Inject(fault) } }
	for name, tc := range map[string]struct {
		change func(*fixture)
		want   diagnostic
	}{
		"rate limited": {
			inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Status: 429, Header: hour}),
			diagnostic{summary: "HCP Rate Limit Reached", facts: []string{"HTTP status:       429", "HCP asks to wait:  1h0m0s", "run Terraform again"}},
		},
		"rate limited while signing in": {
			inject(hcpfake.Fault{Operation: hcpfake.Token, Status: 429, Header: hour}),
			diagnostic{summary: "HCP Rate Limit Reached", facts: []string{"Signing in to HCP failed", "1h0m0s"}},
		},
		"unavailable": {
			inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Status: 502, Body: "<html>Bad Gateway</html>", ContentType: "text/html"}),
			diagnostic{summary: "HCP Is Not Available", facts: []string{"HTTP status:  502", "Attempts:     "}, absent: []string{"html", "Consumer"}},
		},
		"hanging": {
			inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Hang: true}),
			diagnostic{summary: "HCP Did Not Respond In Time", facts: []string{"Time allowed:  3s", "timeouts"}, absent: []string{"context deadline"}},
		},
		"hanging while signing in": {
			inject(hcpfake.Fault{Operation: hcpfake.Token, Hang: true}),
			diagnostic{summary: "HCP Did Not Respond In Time", facts: []string{"Signing in to HCP failed", "Time allowed:  3s"}},
		},
		"no permission": {
			inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Status: 403}),
			diagnostic{summary: "No Permission To Read HCP Packer", facts: []string{"HTTP status:  403", "Viewer"}},
		},
		"token rejected": {
			inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Status: 401}),
			diagnostic{summary: "HCP Credentials Refused", facts: []string{"Signing in succeeded", "HCP_AUTH_URL", "HTTP status:  401"}},
		},
		"secret rejected": {
			func(f *fixture) { f.env["HCP_CLIENT_SECRET"] = "mistyped" },
			diagnostic{
				summary: "HCP Credentials Refused",
				facts:   []string{"Credentials:  HCP_CLIENT_ID and HCP_CLIENT_SECRET in the environment", "HTTP status:  401"},
				absent:  []string{"mistyped."},
			},
		},
		"redirect": {
			inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Status: 307, Header: http.Header{"Location": {"https://login.example/?next=x"}}}),
			diagnostic{summary: "HCP's Response Cannot Be Read", facts: []string{"HTTP status:  307", "redirect to https://login.example,", "proxy"}},
		},
		"page of a proxy": {
			inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Body: "<html>Please log in</html>", ContentType: "text/html"}),
			diagnostic{summary: "HCP's Response Cannot Be Read", facts: []string{"HTTP status:  200", "the response is not JSON", "proxy"}, absent: []string{"Please log in"}},
		},
		"cut off": {
			inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Body: `{"channel": {"name": "prod`}),
			diagnostic{summary: "HCP Cannot Be Reached", facts: []string{"or it broke", "the response was cut off", "HTTP status:  200"}},
		},
		"refusal by a proxy": {
			inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Status: 403, Body: "<html>Blocked</html>", ContentType: "text/html"}),
			diagnostic{summary: "HCP's Response Cannot Be Read", facts: []string{"HTTP status:  403", "proxy"}, absent: []string{"Viewer", "Blocked"}},
		},
		"no content": {
			inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Status: 204}),
			diagnostic{summary: "HCP's Response Cannot Be Read", facts: []string{"HTTP status:  204", "without the content"}},
		},
		"certificate not trusted": {
			func(f *fixture) { f.env["HCP_API_TLS"] = "" },
			diagnostic{summary: "HCP's Certificate Is Not Trusted", facts: []string{"certificate", "127.0.0.1:", "SSL_CERT_FILE"}, absent: []string{"Credentials:"}},
		},
		"connection refused": {
			func(f *fixture) { f.env["HCP_API_ADDRESS"] = refusingAddress(t) },
			diagnostic{summary: "HCP Cannot Be Reached", facts: []string{"connection refused", "127.0.0.1:", "HCP_API_ADDRESS, HCP_API_HOST,"}},
		},
		"connection refused while signing in": {
			func(f *fixture) { f.env["HCP_AUTH_URL"] = "https://" + refusingAddress(t) },
			diagnostic{summary: "HCP Cannot Be Reached", facts: []string{"Signing in to HCP failed", "connection refused", "HCP_AUTH_URL"}},
		},
		"message with control characters": {
			inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Status: 400, Body: `{"code": 3, "message": "line one\nline\u001b[31m two"}`}),
			diagnostic{summary: "HCP Refused The Request", facts: []string{"line one line [31m two"}, absent: []string{"\x1b"}},
		},
		"very long message": {
			inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Status: 400, Body: fmt.Sprintf(`{"code": 3, "message": "%01000000d"}`, 0)}),
			diagnostic{summary: "HCP Refused The Request", facts: []string{"…"}, absent: []string{fmt.Sprintf("%0600d", 0)}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			tc.change(f)
			tc.want.facts = append(tc.want.facts, `Channel "production" of bucket "hardened-ubuntu"`, testProject)
			f.requireError(t, shortTimeoutConfig, tc.want)
		})
	}
}

// refusingAddress returns an address that refuses connections for as long as the test
// runs: that of the client of a connection. The port of a server that was closed would
// soon be another server's.
func refusingAddress(t *testing.T) string {
	t.Helper()
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	client, err := net.Dial("tcp", server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client.LocalAddr().String()
}

// Transient failures are retried, and not reported.
func TestTransientFailures(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.fake.Inject(hcpfake.Fault{Operation: hcpfake.Token, Status: 503, Times: 1})
	f.fake.Inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Status: 429, Times: 1})
	f.fake.Inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Truncate: 20, Times: 1})
	f.run(t, resource.TestStep{
		Config:            readConfig,
		ConfigStateChecks: []statecheck.StateCheck{attribute("version", knownvalue.StringExact("v7"))},
	})
}

func TestInvalidTimeout(t *testing.T) {
	t.Parallel()
	for timeout, want := range map[string]diagnostic{
		"soon": {summary: "Invalid Attribute Value Time Duration", facts: []string{`"soon"`}},
		"0s":   {summary: "Invalid Timeout", facts: []string{"is 0s", "longer than zero"}},
		"-1m":  {summary: "Invalid Timeout", facts: []string{"is -1m0s", "longer than zero"}},
	} {
		want.attribute = "timeouts.read"
		newFixture(t).requireError(t, fmt.Sprintf(`
data "packer_image_iteration" "test" {
  bucket   = "hardened-ubuntu"
  channel  = "production"
  timeouts = { read = %q }
}`, timeout), want)
	}
}

const (
	youngProject = "11111111-2222-4333-8444-555555555555"
	otherOrg     = "99999999-8888-4777-8666-555555555555"
)

// addProject adds a project that is younger than the other one, with a registry of
// its own.
func (f *fixture) addProject() {
	f.fake.Update(func(s *hcpfake.Seed) {
		projects := &s.Organizations[0].Projects
		(*projects)[0].CreatedAt = f.now.Add(-48 * time.Hour)
		*projects = append([]*hcpfake.Project{{
			ID: youngProject, Name: "young", CreatedAt: f.now.Add(-time.Hour), Registry: hcpfake.ActiveRegistry(),
			Buckets: []*hcpfake.Bucket{{
				Name:     testBucket,
				Versions: []*hcpfake.Version{{ID: "01JNZ3N5Q0YYYYYYYYY0000000", Name: "v1"}},
				Channels: []*hcpfake.Channel{{Name: testChannel, Version: "v1"}},
			}},
		}}, *projects...)
	})
}

func TestLocation(t *testing.T) {
	t.Parallel()
	location := func(version, organization, project string) []statecheck.StateCheck {
		return []statecheck.StateCheck{
			attribute("version", knownvalue.StringExact(version)),
			attribute("organization_id", knownvalue.StringExact(organization)),
			attribute("project_id", knownvalue.StringExact(project)),
		}
	}
	override := fmt.Sprintf(`
data "packer_image_iteration" "test" {
  bucket     = "hardened-ubuntu"
  channel    = "production"
  project_id = %q
}`, youngProject)
	chosen := &diagnostic{
		summary: "HCP Project Chosen",
		facts:   []string{testOrganization, "2 projects", testProject + ":  images", "oldest", "project_id", "HCP_PROJECT_ID"},
	}

	for name, tc := range map[string]struct {
		env     map[string]string
		config  string
		checks  []statecheck.StateCheck
		warning *diagnostic
		lookups int // for each read
	}{
		"both known":         {nil, readConfig, location("v7", testOrganization, testProject), nil, 0},
		"project known":      {map[string]string{"HCP_ORGANIZATION_ID": ""}, readConfig, location("v7", testOrganization, testProject), nil, 1},
		"organization known": {map[string]string{"HCP_PROJECT_ID": ""}, readConfig, location("v7", testOrganization, testProject), chosen, 1},
		"nothing known":      {map[string]string{"HCP_PROJECT_ID": "", "HCP_ORGANIZATION_ID": ""}, readConfig, location("v7", testOrganization, testProject), chosen, 2},
		"data source before provider": {
			nil, `provider "packer" { project_id = "` + testProject + `" }` + override,
			location("v1", testOrganization, youngProject), nil, 0,
		},
		"organization of the data source before provider": {
			nil, `provider "packer" { organization_id = "` + otherOrg + `" }` +
				strings.Replace(override, "project_id", `organization_id = "`+testOrganization+`"`+"\n  project_id", 1),
			location("v1", testOrganization, youngProject), nil, 0,
		},
		"provider before environment": {
			map[string]string{"HCP_PROJECT_ID": otherUUID},
			`provider "packer" { project_id = "` + youngProject + `" }` + readConfig,
			location("v1", testOrganization, youngProject), nil, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.addProject()
			maps.Copy(f.env, tc.env)
			f.run(t, resource.TestStep{Config: tc.config, ConfigStateChecks: tc.checks})
			if tc.warning != nil {
				f.requireWarning(t, *tc.warning)
			}
			reads := f.fake.Count(hcpfake.GetChannel)
			if lookups := f.fake.Count("") - reads - f.fake.Count(hcpfake.Token); reads == 0 || lookups != tc.lookups*reads {
				t.Errorf("%d lookups for %d reads, want %d for each", lookups, reads, tc.lookups)
			}
		})
	}
}

func TestLocationNotFound(t *testing.T) {
	t.Parallel()
	unset := map[string]string{"HCP_PROJECT_ID": "", "HCP_ORGANIZATION_ID": ""}
	noOrganization := map[string]string{"HCP_ORGANIZATION_ID": ""}
	for name, tc := range map[string]struct {
		change func(*fixture)
		env    map[string]string
		want   diagnostic
	}{
		"several organizations": {
			func(f *fixture) {
				f.fake.Update(func(s *hcpfake.Seed) {
					s.Organizations = append(s.Organizations, &hcpfake.Organization{ID: otherOrg, Name: "other"})
				})
			}, unset,
			diagnostic{summary: "Several HCP Organizations", facts: []string{testOrganization + ":  example", otherOrg + ":  other", "organization_id", "HCP_ORGANIZATION_ID"}},
		},
		"no organization": {
			func(f *fixture) { f.fake.Update(func(s *hcpfake.Seed) { s.Organizations = nil }) }, unset,
			diagnostic{summary: "HCP Organization Not Found", facts: []string{"organization_id", "HCP_ORGANIZATION_ID"}},
		},
		"no project": {
			func(f *fixture) { f.fake.Update(func(s *hcpfake.Seed) { s.Organizations[0].Projects = nil }) }, unset,
			diagnostic{summary: "Organization Without Project", facts: []string{testOrganization, "project_id", "HCP_PROJECT_ID"}},
		},
		"project missing": {
			func(f *fixture) { f.env["HCP_PROJECT_ID"] = otherUUID }, noOrganization,
			diagnostic{summary: "HCP Project Not Found", facts: []string{otherUUID, "no such project", "HCP_PROJECT_ID"}},
		},
		"principal of one project": {
			func(f *fixture) { f.fake.Update(func(s *hcpfake.Seed) { s.Clients[0].ProjectID = testProject }) }, unset,
			diagnostic{summary: "No Permission To Read HCP Packer", facts: []string{"HTTP status:  403", "Set both project_id and organization_id", "HCP_PROJECT_ID"}},
		},
		"projects out of order": { // crashes Packer
			func(f *fixture) { f.fake.Inject(hcpfake.Fault{Operation: hcpfake.ListProjects, Status: 500}) }, unset,
			diagnostic{summary: "HCP Is Not Available", facts: []string{"had to be looked up", "HTTP status:  500"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			maps.Copy(f.env, tc.env)
			tc.change(f)
			tc.want.facts = append(tc.want.facts, `"production"`, `"hardened-ubuntu"`)
			f.requireError(t, shortTimeoutConfig, tc.want)
		})
	}
}

// Every way to sign in works, and mistakes in the configuration are reported at
// their attribute.
func TestSigningIn(t *testing.T) {
	t.Parallel()
	files := writeCredentialFiles(t)
	signsIn := func(f *fixture, key, secret string) {
		f.fake.Update(func(s *hcpfake.Seed) {
			s.Clients = []hcpfake.Client{{ID: key, Secret: secret, WorkloadProvider: testResourceName, WorkloadToken: "subject-token"}}
		})
	}
	workload := func(members string) string {
		return fmt.Sprintf("workload_identity = {\n resource_name = %q\n %s\n}", testResourceName, members)
	}
	for name, tc := range map[string]struct {
		provider string
		env      map[string]string
		client   [2]string   // ID and secret of the only client
		want     *diagnostic // nil: it works
	}{
		"configured key":      {"client_id = \"a\"\n client_secret = \"b\"", nil, [2]string{"a", "b"}, nil},
		"configured file":     {fmt.Sprintf("credential_file = %q", files.key), nil, [2]string{"file-id", "file-secret"}, nil},
		"workload token":      {workload(`token = "subject-token"`), nil, [2]string{"a", "b"}, nil},
		"workload token file": {workload(fmt.Sprintf("token_file = %q", files.token)), nil, [2]string{"a", "b"}, nil},
		"key in environment":  {"", map[string]string{"HCP_CLIENT_ID": "c", "HCP_CLIENT_SECRET": "d"}, [2]string{"c", "d"}, nil},
		"file in environment": {"", map[string]string{"HCP_CRED_FILE": files.key}, [2]string{"file-id", "file-secret"}, nil},
		"file at home":        {"", map[string]string{"HOME": files.home}, [2]string{"home-id", "file-secret"}, nil},

		"refused workload token": {workload(`token = "forged"`), nil, [2]string{"a", "b"}, &diagnostic{
			summary: "HCP Credentials Refused", facts: []string{"workload_identity in the provider's configuration"}, absent: []string{"forged"},
		}},
		"refused file": {fmt.Sprintf("credential_file = %q", files.key), nil, [2]string{"a", "b"}, &diagnostic{
			summary: "HCP Credentials Refused", facts: []string{"credential_file in the provider's configuration"}, absent: []string{"file-secret"},
		}},
		"expired session": {"", map[string]string{"HOME": files.login}, [2]string{"a", "b"}, &diagnostic{
			summary: "HCP Credentials Refused", facts: []string{"the session of hcp auth login"}, absent: []string{"session-token"},
		}},
		"nothing": {"", nil, [2]string{"a", "b"}, &diagnostic{
			summary: "No HCP Credentials", facts: []string{"client_id", "workload_identity", "credential_file", "HCP_CLIENT_ID", "HCP_CRED_FILE", "hcp auth login"},
		}},
		"key and file": {fmt.Sprintf("client_id = \"a\"\n client_secret = \"b\"\n credential_file = %q", files.key), nil, [2]string{"a", "b"}, &diagnostic{
			summary: "Invalid Attribute Combination", attribute: "credential_file", facts: []string{"client_id"},
		}},
		"key and workload": {"client_id = \"a\"\n client_secret = \"b\"\n" + workload(`token = "subject-token"`), nil, [2]string{"a", "b"}, &diagnostic{
			summary: "Invalid Attribute Combination", attribute: "workload_identity", facts: []string{"client_id"},
		}},
		"file and workload": {fmt.Sprintf("credential_file = %q\n", files.key) + workload(`token = "subject-token"`), nil, [2]string{"a", "b"}, &diagnostic{
			summary: "Invalid Attribute Combination", attribute: "credential_file", facts: []string{"workload_identity"},
		}},
		"token and token file": {workload(fmt.Sprintf("token = \"subject-token\"\n token_file = %q", files.token)), nil, [2]string{"a", "b"}, &diagnostic{
			summary: "Invalid Attribute Combination", attribute: "workload_identity.token", facts: []string{"workload_identity.token,workload_identity.token_file"},
		}},
		"neither token nor token file": {workload(""), nil, [2]string{"a", "b"}, &diagnostic{
			summary: "Invalid Attribute Combination", attribute: "workload_identity.token", facts: []string{"workload_identity.token,workload_identity.token_file"},
		}},
		"odd resource name": {"workload_identity = {\n resource_name = \"iam/../x\"\n token = \"subject-token\"\n}", nil, [2]string{"a", "b"}, &diagnostic{
			summary: "Invalid Resource Name", attribute: "workload_identity.resource_name", facts: []string{`"iam/../x"`, "workload-identity-provider"},
		}},
		"file missing": {fmt.Sprintf("credential_file = %q", files.empty), nil, [2]string{"a", "b"}, &diagnostic{
			summary: "Provider Cannot Be Used As Configured", facts: []string{"sets credential_file", files.empty, "no such file"},
		}},
		"token file missing": {workload(fmt.Sprintf("token_file = %q", files.empty)), nil, [2]string{"a", "b"}, &diagnostic{
			summary: "No HCP Credentials", facts: []string{"workload_identity in the provider's configuration", "are set", files.empty, "no such file", "Correct them"},
		}},
		"unknown geography": {`geography = "ap"`, nil, [2]string{"a", "b"}, &diagnostic{
			summary: "Invalid Attribute Value Match", attribute: "geography", facts: []string{`"us"`, `"eu"`, `"ap"`},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			signsIn(f, tc.client[0], tc.client[1])
			f.env["HCP_CLIENT_ID"], f.env["HCP_CLIENT_SECRET"] = "", ""
			maps.Copy(f.env, tc.env)
			config := "provider \"packer\" {\n" + tc.provider + "\n}\n" + readConfig
			if tc.want != nil {
				f.requireError(t, config, *tc.want)
				return
			}
			f.run(t, resource.TestStep{
				Config:            config,
				ConfigStateChecks: []statecheck.StateCheck{attribute("version", knownvalue.StringExact("v7"))},
			})
		})
	}
}

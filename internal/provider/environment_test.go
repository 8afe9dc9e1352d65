package provider

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

// The provider heeds the variables that HCP's other tools heed, and no others. There is
// none that lets revoked images through.
func TestEnvironment(t *testing.T) {
	want := []string{
		"HCP_API_ADDRESS", "HCP_API_HOST", "HCP_API_TLS", "HCP_AUTH_TLS", "HCP_AUTH_URL", "HCP_CLIENT_ID", "HCP_CLIENT_SECRET",
		"HCP_CRED_FILE", "HCP_GEOGRAPHY", "HCP_ORGANIZATION_ID", "HCP_PROJECT_ID", "HOME",
	}
	heeded := make(map[string]bool)
	p := &packerProvider{getenv: func(name string) string {
		heeded[name] = true
		return ""
	}}
	p.newProviderData(providerModel{}, "1.11.4")
	delete(heeded, "USERPROFILE") // is HOME on Windows
	heeded["HOME"] = true
	if got := slices.Sorted(maps.Keys(heeded)); !slices.Equal(got, want) {
		t.Errorf("variables %v, want %v", got, want)
	}
}

// Of several credentials, those of the configuration come first, and a file at home comes
// last.
func TestPrecedenceOfCredentials(t *testing.T) {
	t.Parallel()
	files := writeCredentialFiles(t)
	const block = "provider \"packer\" {\n  client_id = \"configured\"\n  client_secret = \"file-secret\"\n}\n"
	fileBlock := "provider \"packer\" {\n  credential_file = \"" + filepath.ToSlash(files.key) + "\"\n}\n"
	workloadBlock := "provider \"packer\" {\n  workload_identity = {\n    resource_name = \"" + testResourceName + "\"\n    token = \"subject-token\"\n  }\n}\n"
	everything := map[string]string{
		"HCP_CLIENT_ID": "environment", "HCP_CLIENT_SECRET": "file-secret", "HCP_CRED_FILE": files.key, "HOME": files.home,
	}
	for name, tc := range map[string]struct {
		config string
		unset  []string
		want   string // the client that reads
	}{
		"configured key":      {block, nil, "configured"},
		"configured file":     {fileBlock, nil, "file-id"},
		"configured workload": {workloadBlock, nil, "workload"},
		"key in environment":  {"", nil, "environment"},
		"file in environment": {"", []string{"HCP_CLIENT_ID", "HCP_CLIENT_SECRET"}, "file-id"},
		"file at home":        {"", []string{"HCP_CLIENT_ID", "HCP_CLIENT_SECRET", "HCP_CRED_FILE"}, "home-id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.fake.Update(func(s *hcpfake.Seed) {
				s.Clients = []hcpfake.Client{{ID: "workload", Secret: "unused", WorkloadProvider: testResourceName, WorkloadToken: "subject-token"}}
				for _, id := range []string{"configured", "environment", "file-id", "home-id"} {
					s.Clients = append(s.Clients, hcpfake.Client{ID: id, Secret: "file-secret"})
				}
			})
			maps.Copy(f.env, everything)
			for _, variable := range tc.unset {
				delete(f.env, variable)
			}
			f.run(t, resource.TestStep{
				Config:            tc.config + readConfig,
				ConfigStateChecks: []statecheck.StateCheck{attribute("version", knownvalue.StringExact("v7"))},
			})
			for _, request := range f.fake.Requests() {
				if request.Operation == hcpfake.GetChannel && request.ClientID != tc.want {
					t.Errorf("the channel was read by %s, want %s", request.ClientID, tc.want)
				}
			}
		})
	}
}

// Addresses in the environment take precedence over a geography, which must be a known
// one wherever it is set.
func TestGeography(t *testing.T) {
	t.Parallel()
	t.Run("configured", func(t *testing.T) {
		t.Parallel()
		newFixture(t).run(t, resource.TestStep{
			Config:            "provider \"packer\" {\n  geography = \"eu\"\n}\n" + readConfig,
			ConfigStateChecks: []statecheck.StateCheck{attribute("version", knownvalue.StringExact("v7"))},
		})
	})
	t.Run("unknown in the environment", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t)
		f.env["HCP_GEOGRAPHY"] = "ap"
		f.requireError(t, readConfig, diagnostic{summary: "Provider Cannot Be Used As Configured", facts: []string{"HCP_GEOGRAPHY", `"ap"`}})
		if n := f.fake.Count(""); n != 0 {
			t.Errorf("%d requests: %v", n, f.fake.Requests())
		}
	})
}

// Without any credentials, an error says so first, and does not speak of the
// organization and the project that it could not look up.
func TestNothingIsSet(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, variable := range []string{"HCP_CLIENT_ID", "HCP_CLIENT_SECRET", "HCP_ORGANIZATION_ID", "HCP_PROJECT_ID"} {
		delete(f.env, variable)
	}
	f.requireError(t, readConfig, diagnostic{
		summary: "No HCP Credentials", start: "No HCP credentials found. ", absent: []string{"had to be looked up"},
	})
	if n := f.fake.Count(""); n != 0 {
		t.Errorf("%d requests: %v", n, f.fake.Requests())
	}
}

package e2e

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
	"github.com/hashicorp/terraform-provider-packer/internal/terraformcli"
)

// A secret in an ephemeral variable is in no saved plan and no state. In any other
// variable it is in the plan, sensitive or not.
func TestEphemeralVariables(t *testing.T) {
	oldest := "1.10"
	if terraformcli.IsOpenTofu(terraformPath) {
		oldest = "1.11"
	}
	requireTerraform(t, oldest)
	const id, secret, token = "id-of-this-test", "secret-of-this-test", "workload-token-of-this-test"
	for name, tc := range map[string]struct {
		provider string
		secrets  []string
	}{
		"service principal": {"client_id = var.id\n  client_secret = var.secret", []string{id, secret}},
		"workload":          {"workload_identity = {\n    resource_name = \"" + exampleIdentity + "\"\n    token = var.token\n  }", []string{token}},
	} {
		for _, ephemeral := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, ephemeral = %t", name, ephemeral), func(t *testing.T) {
				t.Parallel()
				var config strings.Builder
				for _, variable := range []string{"id", "secret", "token"} {
					fmt.Fprintf(&config, "variable %q {\n  type = string\n  sensitive = true\n  ephemeral = %t\n}\n", variable, ephemeral)
				}
				// The second read waits for the apply.
				w, hcp := newWorkspace(t, config.String()+"provider \"packer\" {\n  "+tc.provider+"\n}\n"+readConfig+`
resource "terraform_data" "server" {
  input = data.packer_image_iteration.test.fingerprint
}

data "packer_image_iteration" "later" {
  bucket      = "hardened-ubuntu-16-04"
  fingerprint = terraform_data.server.output
}

output "later" {
  value = data.packer_image_iteration.later.version
}
`)
				hcp.Update(func(s *hcpfake.Seed) {
					s.Clients = []hcpfake.Client{{ID: id, Secret: secret, WorkloadProvider: exampleIdentity, WorkloadToken: token}}
				})
				delete(w.env, "HCP_CLIENT_ID")
				delete(w.env, "HCP_CLIENT_SECRET")
				w.env["TF_VAR_id"], w.env["TF_VAR_secret"], w.env["TF_VAR_token"] = id, secret, token

				w.mustRun(t, "plan", "-input=false", "-out=saved.plan")
				texts := map[string]string{"terraform show -json": w.mustRun(t, "show", "-json", "saved.plan")}
				for member, content := range unzip(t, filepath.Join(w.dir, "saved.plan")) {
					texts["saved.plan: "+member] = string(content)
				}
				w.mustRun(t, "apply", "-input=false", "saved.plan")
				if later := w.mustRun(t, "output", "later"); later != `"v7"` {
					t.Errorf("later: %s", later)
				}
				maps.Copy(texts, readTree(t, w.dir, nil))
				if texts["terraform.tfstate"] == "" || texts["saved.plan: tfplan"] == "" {
					t.Error("there is no state or no plan to look at")
				}
				for _, secret := range tc.secrets {
					var found []string
					for name, text := range texts {
						if strings.Contains(text, secret) {
							found = append(found, name)
						}
					}
					if saved := slices.Contains(found, "saved.plan: tfplan"); ephemeral && len(found) > 0 || !ephemeral && !saved {
						t.Errorf("%q is in %q", secret, found)
					}
				}
			})
		}
	}
}

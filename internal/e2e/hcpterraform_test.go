package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

// The agent of HCP Terraform writes a credential file for each configuration of the hcp
// provider's dynamic credentials. HCP_CRED_FILE names that of the only configuration; if
// there are several, the variable tfc_hcp_dynamic_credentials names them.

// workloads have credential files. Each may read only its own project.
var workloads = []hcpfake.Client{
	{
		ID: "network", Secret: "unused", ProjectID: exampleProject, WorkloadToken: "token-of-network",
		WorkloadProvider: "iam/project/" + exampleProject + "/service-principal/network/workload-identity-provider/plan",
	},
	{
		ID: "web", Secret: "unused", ProjectID: otherProject, WorkloadToken: "token-of-web",
		WorkloadProvider: "iam/project/" + otherProject + "/service-principal/web/workload-identity-provider/plan",
	},
}

// The projects of the example registry.
const (
	exampleProject = "7d3f1a60-5c2e-4b98-8a14-c0e96b72d5f3"
	otherProject   = "5e6f7a8b-9c0d-4e1f-a2b3-c4d5e6f7a8b9"
)

// credentialFile writes the credential file of a workload, whose token is in the file
// itself or in a file beside it, and returns its path.
func (w *workspace) credentialFile(t *testing.T, client hcpfake.Client, inline bool) string {
	t.Helper()
	workload := map[string]any{"provider_resource_name": client.WorkloadProvider}
	if inline {
		workload["token"] = map[string]string{"token": client.WorkloadToken}
	} else {
		w.write(t, client.ID+".jwt", client.WorkloadToken)
		workload["file"] = map[string]string{"path": filepath.Join(w.dir, client.ID+".jwt")}
	}
	content, err := json.Marshal(map[string]any{"scheme": "workload", "workload": workload})
	if err != nil {
		t.Fatal(err)
	}
	w.write(t, client.ID+".json", string(content))
	return filepath.Join(w.dir, client.ID+".json")
}

// newRun makes the workspace of a run: nothing is in the environment but what HCP
// Terraform sets.
func newRun(t *testing.T, config string) (*workspace, *hcpfake.Server) {
	t.Helper()
	w, hcp := newWorkspace(t, config)
	maps.DeleteFunc(w.env, func(name, _ string) bool {
		return name == "HCP_CLIENT_ID" || name == "HCP_CLIENT_SECRET" || name == "HCP_PROJECT_ID"
	})
	hcp.Update(func(s *hcpfake.Seed) { s.Clients = workloads })
	return w, hcp
}

func TestDynamicCredentials(t *testing.T) {
	for where, inline := range map[string]bool{"token in the file": true, "token in a file beside it": false} {
		t.Run(where, func(t *testing.T) {
			w, hcp := newRun(t, readConfig)
			w.env["HCP_CRED_FILE"] = w.credentialFile(t, workloads[0], inline)
			w.env["HCP_PROJECT_ID"] = exampleProject
			w.mustRun(t, "apply", "-auto-approve", "-input=false")
			if version := w.mustRun(t, "output", "version"); version != `"v7"` {
				t.Errorf("version %s", version)
			}
			requireSignIns(t, hcp, workloads[0])

			refused := workloads[0]
			refused.WorkloadToken = "token-of-another-run"
			w.credentialFile(t, refused, inline)
			output, err := w.terraform(t, "plan", "-input=false")
			if err == nil || !strings.Contains(output, "the file that HCP_CRED_FILE names") {
				t.Errorf("the plan with a refused file ended with %v", err)
			}
		})
	}
}

// Each alias signs in as its own workload.
func TestDynamicCredentialsOfAliases(t *testing.T) {
	w, hcp := newRun(t, `
variable "tfc_hcp_dynamic_credentials" {
  type = object({
    default = object({
      credential_file = string
    })
    aliases = map(object({
      credential_file = string
    }))
  })
}

provider "packer" {
  credential_file = var.tfc_hcp_dynamic_credentials.default.credential_file
  project_id      = "`+exampleProject+`"
}

provider "packer" {
  alias           = "web"
  credential_file = var.tfc_hcp_dynamic_credentials.aliases["WEB"].credential_file
  project_id      = "`+otherProject+`"
}

data "packer_image_iteration" "web" {
  provider = packer.web
  bucket   = "web"
  channel  = "production-stable"
}

output "both" {
  value = "${data.packer_image_iteration.test.version} ${data.packer_image_iteration.web.version}"
}
`+readConfig)
	w.env["TF_VAR_tfc_hcp_dynamic_credentials"] = fmt.Sprintf(`{default = {credential_file = %q}, aliases = {WEB = {credential_file = %q}}}`,
		w.credentialFile(t, workloads[0], true), w.credentialFile(t, workloads[1], false))
	w.mustRun(t, "apply", "-auto-approve", "-input=false")
	if both := w.mustRun(t, "output", "both"); both != `"v7 v1"` {
		t.Errorf("versions %s", both)
	}
	requireSignIns(t, hcp, workloads...)
}

// requireSignIns requires that each of these workloads signed in once and read a
// channel, and that nobody else did.
func requireSignIns(t *testing.T, hcp *hcpfake.Server, clients ...hcpfake.Client) {
	t.Helper()
	var read, want []string
	for _, request := range hcp.Requests() {
		if request.Operation == hcpfake.GetChannel {
			read = append(read, request.ClientID)
		}
	}
	for _, client := range clients {
		want = append(want, client.ID)
	}
	slices.Sort(read)
	if !slices.Equal(read, want) || hcp.Count(hcpfake.ExchangeToken) != len(want) || hcp.Count("") != 2*len(want) {
		t.Errorf("channels were read by %v, want %v; all requests: %v", read, want, operations(hcp))
	}
}

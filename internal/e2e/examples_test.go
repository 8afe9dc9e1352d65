package e2e

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
	"github.com/hashicorp/terraform-provider-packer/internal/terraformcli"
)

// These tests run what the documentation shows, on the example registry.

// Credentials for the examples that sign in by other means than the environment.
const (
	exampleIdentity = "iam/project/7d3f1a60-5c2e-4b98-8a14-c0e96b72d5f3/service-principal/terraform-ci/workload-identity-provider/github"
	exampleSecret   = "secret-of-the-examples"
	exampleToken    = "token-of-the-examples"

	exampleCredentials = `{"scheme": "service_principal_creds", "oauth": {"client_id": "examples", "client_secret": "` + exampleSecret + `"}}`
)

var (
	exampleClient = hcpfake.Client{ID: "examples", Secret: exampleSecret, WorkloadProvider: exampleIdentity, WorkloadToken: exampleToken}
	// webClient may read the examples' second project only.
	webClient = hcpfake.Client{
		ID: "web", Secret: exampleSecret, ProjectID: otherProject,
		WorkloadProvider: strings.Replace(exampleIdentity, exampleProject, otherProject, 1), WorkloadToken: exampleToken,
	}
)

// signInExample has the variables and files that an example needs to sign in.
type signInExample struct {
	variables map[string]string
	files     map[string]string
}

// signInExamples returns the examples that sign in by other means than the environment.
func signInExamples(t *testing.T) map[string]signInExample {
	t.Helper()
	platformCredentials := string(read(t, "examples/guides/two-projects/platform-credentials.json"))
	return map[string]signInExample{
		"examples/provider/service-principal.tf": {
			variables: map[string]string{"hcp_client_id": "examples", "hcp_client_secret": exampleSecret},
		},
		"examples/provider/credential-file.tf": {
			files: map[string]string{"hcp-credentials.json": exampleCredentials},
		},
		"examples/provider/workload-identity.tf": {
			files: map[string]string{"hcp-token.jwt": exampleToken + "\n"},
		},
		"examples/guides/two-projects/alias.tf": {
			files: map[string]string{
				"platform-credentials.json": platformCredentials,
				"web-credentials.json":      strings.ReplaceAll(platformCredentials, "hcpfake-golden-images", "hcpfake-web"), // as the guide says
			},
		},
		"examples/guides/hcp-terraform/aliases.tf": {
			variables: map[string]string{
				"tfc_hcp_dynamic_credentials": `{default = {credential_file = "default.json"}, aliases = {EDGE = {credential_file = "edge.json"}}}`,
			},
			files: map[string]string{"default.json": exampleCredentials, "edge.json": exampleCredentials},
		},
		"examples/guides/hcp-terraform/ephemeral.tf": {
			variables: map[string]string{"hcp_client_id": "examples", "hcp_client_secret": exampleSecret},
		},
		"examples/guides/ci-workload-identity/provider.tf": {
			variables: map[string]string{"hcp_identity": exampleIdentity, "hcp_token_file": "ci.jwt"},
			files:     map[string]string{"ci.jwt": exampleToken},
		},
		"examples/guides/ci-workload-identity/promotion.tf": {
			variables: map[string]string{"hcp_identity": exampleIdentity, "hcp_token_file": "ci.jwt"},
			files:     map[string]string{"ci.jwt": exampleToken},
		},
		"examples/guides/two-projects/workload-identity.tf": {
			files: map[string]string{"hcp-token.jwt": exampleToken},
		},
	}
}

var requiredVersion = regexp.MustCompile(`(?m)^\s*required_version\s*=\s*">= ([0-9.]+)"$`)

// newExample makes a workspace with one example file. It skips the test if
// Terraform is too old for the example. Stand-ins take the place of other providers.
func newExample(t *testing.T, file string) (*workspace, *hcpfake.Server) {
	t.Helper()
	text := read(t, file)
	if oldest := requiredVersion.FindSubmatch(text); oldest != nil {
		requireTerraform(t, string(oldest[1]))
	}
	w, hcp := newWorkspace(t, string(text))
	hcp.Update(addPublished)
	w.write(t, "terraform.rc", terraformcli.DevOverrides(providerDir, append(slices.Collect(maps.Keys(standIns)), "packer")...))
	w.env["TF_VAR_project_id"] = w.env["HCP_PROJECT_ID"] // for examples that have such a variable
	if !strings.Contains(string(text), `data "packer_`) {
		w.write(t, "read.tf", readConfig)
	}
	return w, hcp
}

// addPublished adds what Packer publishes in the guide to the emulator, and the channel
// that the hcp provider creates there.
func addPublished(s *hcpfake.Seed) {
	bucket := storyImages()
	bucket.Name, bucket.Channels[0].Name = "ubuntu", "production"
	project := s.Organizations[0].Projects[0]
	project.Buckets = append(project.Buckets, bucket)
}

// Every example without tests can be applied, and reads from HCP Packer.
func TestExamples(t *testing.T) {
	signIns := signInExamples(t)
	untried := maps.Clone(signIns)
	for _, file := range exampleFiles(t, "examples", ".tf") {
		if strings.HasPrefix(file, "examples/demo/") {
			continue // TestDemo runs it.
		}
		if len(exampleFiles(t, path.Dir(file), ".tftest.hcl")) > 0 {
			continue // TestTestedExamples runs it with its tests.
		}
		signIn, signsIn := signIns[file]
		delete(untried, file)
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			w, hcp := newExample(t, file)
			if signsIn {
				hcp.Update(func(s *hcpfake.Seed) { s.Clients = append(s.Clients, exampleClient, webClient) })
				delete(w.env, "HCP_CLIENT_ID")
				delete(w.env, "HCP_CLIENT_SECRET")
				for name, value := range signIn.variables {
					w.env["TF_VAR_"+name] = value
				}
				for name, content := range signIn.files {
					w.write(t, name, content)
				}
			}
			w.mustRun(t, "validate")
			w.mustRun(t, "apply", "-auto-approve", "-input=false")
			if hcp.Count(hcpfake.GetChannel)+hcp.Count(hcpfake.GetVersion)+hcp.Count(hcpfake.SearchExternalArtifact) == 0 {
				t.Error("nothing was read")
			}
		})
	}
	for file := range untried {
		t.Errorf("there is no %s", file)
	}
}

// Every example with tests passes them without HCP.
func TestTestedExamples(t *testing.T) {
	tested := make(map[string]bool)
	for _, file := range exampleFiles(t, "examples", ".tftest.hcl") {
		dir := path.Dir(file)
		if tested[dir] {
			continue
		}
		tested[dir] = true
		t.Run(dir, func(t *testing.T) {
			w, hcp := newExample(t, path.Join(dir, "main.tf"))
			for name, text := range readTree(t, filepath.Join(checkout, dir), nil) {
				if strings.Contains(text, "OpenTofu") && terraformcli.IsOpenTofu(terraformPath) {
					t.Skipf("%s is not for OpenTofu", name)
				}
				w.write(t, name, text)
			}
			var mocked []string
			for _, test := range exampleFiles(t, dir, ".tftest.hcl") {
				if path.Base(test) != "emulated.tftest.hcl" { // which TestGitHubTests runs
					mocked = append(mocked, "-filter="+path.Base(test))
				}
			}
			w.mustRun(t, "get") // modules within the example
			if output := w.mustRun(t, append([]string{"test"}, mocked...)...); !strings.Contains(output, "Success!") || strings.Contains(output, "Success! 0 passed") {
				t.Error("no test passed")
			}
			if n := hcp.Count(""); n != 0 {
				t.Errorf("%d requests: %v", n, operations(hcp))
			}
		})
	}
	if len(tested) == 0 {
		t.Error("no example has tests")
	}
}

// exampleFiles lists the files with the given ending below a folder of the checkout.
func exampleFiles(t *testing.T, folder, ending string) []string {
	t.Helper()
	var files []string
	err := fs.WalkDir(os.DirFS(checkout), folder, func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.HasSuffix(file, ending) {
			files = append(files, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// The seed in the testing guide gives the fake a revoked version.
func TestExampleRegistry(t *testing.T) {
	seed, err := hcpfake.ReadSeed(bytes.NewReader(read(t, "examples/guides/testing/revoked.json")), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w, hcp := newWorkspace(t, readConfig)
	hcp.Update(func(s *hcpfake.Seed) { *s = seed })
	w.env["HCP_CLIENT_ID"], w.env["HCP_CLIENT_SECRET"] = seed.Clients[0].ID, seed.Clients[0].Secret
	if output, err := w.terraform(t, "plan", "-input=false"); err == nil || !strings.Contains(output, "CVE-2026-1234") {
		t.Errorf("plan: %v", err)
	}
}

func TestExamplesAreFormatted(t *testing.T) {
	requireTerraform(t, "1.8") // to parse provider functions
	w, _ := newWorkspace(t, "")
	if output, err := w.terraform(t, "fmt", "-check", "-diff", "-recursive", filepath.Join(checkout, "examples")); err != nil {
		t.Errorf("terraform fmt: %v: %s", err, output)
	}
}

// moveChannel points the channel that the examples read to another version.
func moveChannel(hcp *hcpfake.Server, version string) {
	hcp.Update(func(s *hcpfake.Seed) {
		s.Organizations[0].Projects[0].Bucket("hardened-ubuntu-16-04").Channel("production-stable").Version = version
	})
}

// The check warns that the channel has moved on, and changes nothing.
func TestExampleCheck(t *testing.T) {
	w, hcp := newExample(t, "examples/guides/watch-what-runs/channel.tf")
	if output := w.mustRun(t, "apply", "-auto-approve", "-input=false"); strings.Contains(output, "assertion failed") {
		t.Error("the check fails although the channel has not moved")
	}
	moveChannel(hcp, "v6")
	output := w.mustRun(t, "plan", "-input=false", "-detailed-exitcode") // 2, an error, if anything is to be changed
	if !strings.Contains(output, "Warning: Check block assertion failed") ||
		!strings.Contains(output, "runs on ami-0a7c3e9d1f5b28460, but the channel has moved to v6") {
		t.Error("the check does not warn")
	}
}

// The check warns of a revocation, in force or scheduled.
func TestExampleCheckOfRevocation(t *testing.T) {
	for bucketAndChannel, warning := range map[[2]string]string{
		{"web-server", "production-stable"}:            "Warning: Image Iteration Is Revoked",
		{"hardened-ubuntu-16-04", "staging"}:           "The image of the web server will be revoked at 20",
		{"hardened-ubuntu-16-04", "production-stable"}: "",
	} {
		w, _ := newExample(t, "examples/guides/revoked-images/watch-channel.tf")
		w.replace(t, `"web-server"`+"\n", `"`+bucketAndChannel[0]+`"`+"\n", `"production-stable"`, `"`+bucketAndChannel[1]+`"`)
		output := w.mustRun(t, "plan", "-input=false")
		if warning == "" && strings.Contains(output, "revoked") || !strings.Contains(output, warning) {
			t.Errorf("%v: the output does not say %q", bucketAndChannel, warning)
		}
	}
}

// The postcondition refuses an iteration that will be revoked soon.
func TestExampleScheduledRevocation(t *testing.T) {
	w, _ := newExample(t, "examples/guides/revoked-images/scheduled.tf")
	w.replace(t, `"production-stable"`, `"staging"`)
	output, err := w.terraform(t, "plan", "-input=false")
	for _, fact := range []string{
		"Warning: Image Iteration Will Be Revoked",
		"Error: Resource postcondition failed",
		"Iteration v6 will be revoked within two weeks: Replaced by v7, which has the fixed OpenSSL.",
	} {
		if err == nil || !strings.Contains(output, fact) {
			t.Errorf("the plan ends with %v and does not say %q", err, fact)
		}
	}
	w.replace(t, `"336h"`, `"24h"`)
	w.mustRun(t, "plan", "-input=false")
}

// A pinned machine keeps its image until somebody replaces it.
func TestExamplePinned(t *testing.T) {
	w, hcp := newExample(t, "examples/guides/pin-and-roll-out/ignore-changes.tf")
	w.mustRun(t, "apply", "-auto-approve", "-input=false")
	moveChannel(hcp, "v6")
	w.mustRun(t, "plan", "-input=false", "-detailed-exitcode")
	if output := w.mustRun(t, "apply", "-auto-approve", "-input=false", "-replace=aws_instance.web"); !strings.Contains(output, "1 added, 0 changed, 1 destroyed") {
		t.Error("nothing was replaced")
	}
	if state := w.mustRun(t, "state", "show", "aws_instance.web"); !strings.Contains(state, "ami-05d9f3a6b8e7c2140") {
		t.Errorf("the image is not that of v6: %s", state)
	}
}

// The machines of a revoked iteration can be replaced one by one.
func TestExampleMixedFleet(t *testing.T) {
	w, hcp := newExample(t, "examples/guides/pin-and-roll-out/mixed-fleet.tf")
	w.mustRun(t, "apply", "-auto-approve", "-input=false")
	if err := hcp.Revoke(hcpfake.Revocation{ProjectID: exampleProject, Bucket: "hardened-ubuntu-16-04", Version: "v6"}); err != nil {
		t.Fatal(err)
	}
	w.replace(t, `web-1 = "01JB1Y7RFM4C6H9QTS2E0XKAZN" # v6`, `web-1 = "01JBM4T9WQ2ZK8X3N5R7D1FHVC" # v7`)
	if output, err := w.terraform(t, "plan", "-input=false"); err == nil || !strings.Contains(output, "Error: Image Iteration Is Revoked") {
		t.Fatalf("the plan ended with %v", err)
	}
	w.replace(t, "= each.key\n}", `= each.key
  allow_revoked = each.key == "01JB1Y7RFM4C6H9QTS2E0XKAZN" # v6
}`)
	output := w.mustRun(t, "apply", "-auto-approve", "-input=false")
	for _, fact := range []string{"Warning: Image Iteration Is Revoked", "1 added, 0 changed, 1 destroyed"} {
		if !strings.Contains(output, fact) {
			t.Errorf("the output does not say %q", fact)
		}
	}
	if state := w.mustRun(t, "state", "show", `aws_instance.web["web-2"]`); !strings.Contains(state, "ami-05d9f3a6b8e7c2140") {
		t.Errorf("web-2 does not run on v6 any more: %s", state)
	}
}

// The guide's block moves machines from a fleet with count into the mixed fleet, and
// replaces none.
func TestExampleMovedFleet(t *testing.T) {
	const v6 = "01JB1Y7RFM4C6H9QTS2E0XKAZN"
	w, _ := newExample(t, "examples/guides/pin-and-roll-out/mixed-fleet.tf")
	mixed := string(read(t, "examples/guides/pin-and-roll-out/mixed-fleet.tf"))
	settings, _, _ := strings.Cut(mixed, "variable ")
	w.write(t, "main.tf", settings+`
data "packer_image_iteration" "ubuntu" {
  bucket      = "hardened-ubuntu-16-04"
  fingerprint = "`+v6+`"
}

resource "aws_instance" "web" {
  count = 2
  ami = provider::packer::image_id(
    data.packer_image_iteration.ubuntu.images, "aws", "eu-central-1"
  )
  instance_type = "t3.small"
}
`)
	w.mustRun(t, "apply", "-auto-approve", "-input=false")

	_, moved, _ := strings.Cut(string(read(t, "docs/guides/pin-and-roll-out.md")), "\nmoved {")
	moved, _, found := strings.Cut(moved, "}")
	if !found {
		t.Fatal("the guide moves nothing")
	}
	moved = "moved {" + moved + "}\n"
	w.write(t, "main.tf", mixed+moved+strings.NewReplacer("web[0]", "web[1]", "web-1", "web-2").Replace(moved))
	w.env["TF_VAR_fleet"] = `{web-1 = "` + v6 + `", web-2 = "` + v6 + `"}`
	if output := w.mustRun(t, "apply", "-auto-approve", "-input=false"); !strings.Contains(output, "0 added, 2 changed, 0 destroyed") { // the tags
		t.Error("machines were replaced")
	}
}

// replace replaces texts of the configuration, given as pairs of old and new.
func (w *workspace) replace(t *testing.T, oldNew ...string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	replaced := strings.NewReplacer(oldNew...).Replace(string(text))
	w.write(t, "main.tf", replaced)
}

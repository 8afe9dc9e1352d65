package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-provider-packer/internal/terraformcli"
)

// quoted is a text between backquotes.
var quoted = regexp.MustCompile("`([^`]+)`")

// quotedIn returns what a line of a guide quotes, by a text that the line contains.
func quotedIn(t *testing.T, guide, part string) []string {
	t.Helper()
	var texts []string
	for line := range strings.Lines(string(read(t, "docs/guides/"+guide+".md"))) {
		if !strings.Contains(line, part) {
			continue
		}
		line, _, _ = strings.Cut(strings.TrimPrefix(line, "| "), " | ") // the first column of a table
		for _, match := range quoted.FindAllStringSubmatch(line, -1) {
			texts = append(texts, match[1])
		}
	}
	if len(texts) == 0 {
		t.Fatalf("the guide %s quotes nothing with %q", guide, part)
	}
	return texts
}

// wantQuotes tests that Terraform prints what the guides quote. Terraform's own text has
// a particular name where the guides have an ellipsis.
func wantQuotes(t *testing.T, printed string, quotes []string) {
	t.Helper()
	for _, quote := range quotes {
		for part := range strings.SplitSeq(quote, "…") {
			if !strings.Contains(printed, part) {
				t.Errorf("Terraform does not print %q", quote)
			}
		}
	}
}

// What is left over from the hcp provider is answered with the errors that lead to the
// guide with the new names.
func TestLeftoversOfTheHCPProvider(t *testing.T) {
	w, _ := newWorkspace(t, `
data "packer_image_iteration" "old" {
  bucket_name         = "ubuntu"
  channel_name        = "production"
  version_fingerprint = "01JBM4T9WQ2ZK8X3N5R7D1FHVC"
  platform            = "aws"
  iteration_id        = "01JBM4T9WQ2ZK8X3N5R7D1FHVC"
  timeouts {}
}
`)
	provider, _ := newWorkspace(t, `
provider "packer" {
  workload_identity {}
}
`+readConfig)
	dataErrors, dataErr := w.terraform(t, "validate")
	providerErrors, providerErr := provider.terraform(t, "validate")
	if dataErr == nil || providerErr == nil {
		t.Error("the configuration is valid")
	}
	wantQuotes(t, dataErrors+providerErrors, slices.Concat(
		quotedIn(t, "from-hcp-provider", "| `Blocks of type"),
		quotedIn(t, "from-hcp-provider", "| `An argument named"),
		quotedIn(t, "from-hcp-provider", "it first says"),
		quotedIn(t, "troubleshooting", "| `Missing required argument"),
	))
}

// A provider that is built again no longer matches the lock file. Without its entry
// there, Terraform takes the new one.
func TestProviderBuiltAgain(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Terraform may copy the provider there, and not notice that it was built again")
	}
	w, _ := newWorkspace(t, requireProvider(t))
	program := filepath.Join("mirror", filepath.FromSlash(sourceAddress(t)), "0.0.1", runtime.GOOS+"_"+runtime.GOARCH, providerProgram("packer"))
	w.write(t, program, "one build")
	w.write(t, "terraform.rc", terraformcli.FilesystemMirror(filepath.Join(w.dir, "mirror")))
	wantQuotes(t, w.mustRun(t, "init"), quotedIn(t, "troubleshooting", "Incomplete lock file"))

	w.write(t, program, "another build")
	planned, planErr := w.terraform(t, "plan")
	initialized, initErr := w.terraform(t, "init")
	if planErr == nil || initErr == nil {
		t.Error("Terraform accepts another build")
	}
	wantQuotes(t, planned+initialized, quotedIn(t, "troubleshooting", "the cached package"))

	if err := os.Remove(filepath.Join(w.dir, ".terraform.lock.hcl")); err != nil { // Its only entry is this provider's.
		t.Fatal(err)
	}
	w.mustRun(t, "init")
}

func TestFunctionOfUnknownProvider(t *testing.T) {
	requireTerraform(t, "1.8")
	w, _ := newWorkspace(t, `
output "ami" {
  value = provider::packer::image_id([], "aws", "eu-central-1")
}
`)
	output, err := w.terraform(t, "validate")
	if err == nil {
		t.Error("the configuration is valid")
	}
	if terraformcli.IsOpenTofu(terraformPath) {
		return // It has words of its own.
	}
	wantQuotes(t, output, quotedIn(t, "troubleshooting", "Unknown provider function"))
}

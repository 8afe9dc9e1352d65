package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
	"github.com/hashicorp/terraform-provider-packer/internal/terraformcli"
)

// These tests run the built provider under the real Terraform, each in a
// process of its own, with an HCP on loopback.

var (
	terraformPath string // of terraform or tofu
	providerDir   string // that holds the built provider
)

func TestMain(m *testing.M) {
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "provider")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	providerDir = dir

	binary := filepath.Join(dir, "terraform-provider-packer")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	build := exec.Command("go", "build", "-ldflags=-X main.version=1.2.3", "-o", binary, ".")
	if output, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the provider: %v\n%s", err, output)
		return 1
	}
	if terraformPath, err = terraformcli.Find(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// workspace is a directory in which Terraform runs, with an environment of its
// own and an empty home.
type workspace struct {
	dir  string
	home string
	env  map[string]string
}

// newWorkspace makes a workspace with one configuration file. The environment
// leads the provider to an HCP with the example registry.
func newWorkspace(t *testing.T, config string) (*workspace, *hcpfake.Server) {
	t.Helper()
	seed := hcpfake.Example(time.Now())
	hcp := hcpfake.New(seed, hcpfake.WithErrorf(t.Errorf))
	endpoint, err := hcpfake.Listen(hcp, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := endpoint.Close(); err != nil {
			t.Error(err)
		}
	})

	w := &workspace{dir: t.TempDir(), home: t.TempDir(), env: endpoint.Env()}
	cliConfig, certificate := filepath.Join(w.dir, "terraform.rc"), filepath.Join(w.dir, "ca.pem")
	override := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"hashicorp/packer\" = %q\n  }\n  direct {}\n}\n", providerDir)
	if err := errors.Join(
		os.WriteFile(cliConfig, []byte(override), 0o600),
		os.WriteFile(certificate, endpoint.CA, 0o600),
		os.WriteFile(filepath.Join(w.dir, "main.tf"), []byte(config), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	w.env["PATH"] = os.Getenv("PATH")
	w.env["HOME"] = w.home
	w.env["TMPDIR"] = w.dir
	w.env["CHECKPOINT_DISABLE"] = "1"
	w.env["TF_CLI_CONFIG_FILE"] = cliConfig
	w.env["SSL_CERT_FILE"] = certificate
	w.env["HCP_CLIENT_ID"] = seed.Clients[0].ID
	w.env["HCP_CLIENT_SECRET"] = seed.Clients[0].Secret
	w.env["HCP_ORGANIZATION_ID"] = seed.Organizations[0].ID
	w.env["HCP_PROJECT_ID"] = seed.Organizations[0].Projects[0].ID
	return w, hcp
}

// terraform runs Terraform and returns what it printed, with each run of white
// space and of the lines that it draws made one space.
func (w *workspace) terraform(t *testing.T, arguments ...string) (output string, err error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), terraformPath, append(arguments, "-no-color")...)
	command.Dir = w.dir
	for name, value := range w.env {
		command.Env = append(command.Env, name+"="+value)
	}
	printed, err := command.CombinedOutput()
	t.Logf("terraform %s\n%s", strings.Join(arguments, " "), printed)
	return strings.Join(strings.FieldsFunc(string(printed), func(r rune) bool {
		return strings.ContainsRune(" \t\r\n│╷╵", r)
	}), " "), err
}

func (w *workspace) mustRun(t *testing.T, arguments ...string) (output string) {
	t.Helper()
	output, err := w.terraform(t, arguments...)
	if err != nil {
		t.Fatalf("terraform %s: %v", arguments[0], err)
	}
	return output
}

func operations(hcp *hcpfake.Server) []string {
	var operations []string
	for _, request := range hcp.Requests() {
		operations = append(operations, request.Operation)
	}
	return operations
}

const readConfig = `
data "packer_image_iteration" "test" {
  bucket  = "hardened-ubuntu-16-04"
  channel = "production-stable"
}

output "version" {
  value = data.packer_image_iteration.test.version
}
`

// Reading a channel takes one token and one request, applying the plan none.
func TestRequestsOfAPlan(t *testing.T) {
	w, hcp := newWorkspace(t, readConfig)
	w.mustRun(t, "plan", "-input=false", "-out=plan")
	if got, want := operations(hcp), []string{hcpfake.Token, hcpfake.GetChannel}; !slices.Equal(got, want) {
		t.Errorf("plan: requests %v, want %v", got, want)
	}
	hcp.ResetRequests()
	w.mustRun(t, "apply", "-input=false", "plan")
	if got := operations(hcp); len(got) != 0 {
		t.Errorf("apply: requests %v, want none", got)
	}
	if version := w.mustRun(t, "output", "version"); !strings.Contains(version, `"v7"`) {
		t.Errorf("version %s", version)
	}
}

// No token or anything else of HCP's is written below HOME, which need not even
// exist.
func TestHomeIsLeftAlone(t *testing.T) {
	w, _ := newWorkspace(t, readConfig)
	w.mustRun(t, "plan", "-input=false")
	err := filepath.WalkDir(w.home, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			t.Errorf("%s was written", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}

	w.env["HOME"] = filepath.Join(w.home, "missing")
	w.mustRun(t, "plan", "-input=false")
}

// What reads nothing needs no credentials and no HCP.
func TestNoReadNoCredentials(t *testing.T) {
	w, hcp := newWorkspace(t, readConfig)
	for name := range w.env {
		if strings.HasPrefix(name, "HCP_") {
			delete(w.env, name)
		}
	}
	w.mustRun(t, "validate")

	if err := os.WriteFile(filepath.Join(w.dir, "main.tf"), []byte(`
terraform {
  required_providers {
    packer = { source = "hashicorp/packer" }
  }
}

provider "packer" {}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	w.mustRun(t, "plan", "-input=false")
	if got := operations(hcp); len(got) != 0 {
		t.Errorf("requests %v, want none", got)
	}
}

// A refusal reaches the user whole.
func TestRefusal(t *testing.T) {
	w, _ := newWorkspace(t, strings.Replace(readConfig, "hardened-ubuntu-16-04", "web-server", 1))
	output, err := w.terraform(t, "plan", "-input=false")
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("plan ended with %v", err)
	}
	for _, fact := range []string{
		"Error: Image Iteration Is Revoked",
		`channel = "production-stable"`,
		`Inherited from: bucket "hardened-ubuntu-16-04", iteration v5`,
		"terraform destroy -refresh=false",
	} {
		if !strings.Contains(output, fact) {
			t.Errorf("the output does not say %q", fact)
		}
	}
}

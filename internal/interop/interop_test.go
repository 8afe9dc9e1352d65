// Package interop tests this provider together with the programs that it has to agree
// with: real Packer, which publishes images and also selects them, and the official hcp
// provider, which manages channels. They share the fake HCP of internal/hcpfake.
//
// The tests are skipped without those programs. make interop builds Packer from its
// module. The hcp provider comes from Terraform's registry, because its module is not on
// every module proxy that the tests run behind.
package interop

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
	"github.com/hashicorp/terraform-provider-packer/internal/terraformcli"
)

var (
	packerPath      = flag.String("packer", "", "the `program` packer")
	dataSourcesPath = flag.String("datasources", "", "the `program` tools/packer/datasources")
	hcpProviderPath = flag.String("hcp-provider", "", "the `program` terraform-provider-hcp, or \"registry\" to download it with terraform init")
)

var (
	terraformPath string
	providerDir   string // the directory of this provider's program
)

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// run builds the provider, unless all tests will be skipped.
func run(m *testing.M) (code int, err error) {
	if *packerPath == "" {
		return m.Run(), nil
	}
	if terraformPath, err = terraformcli.Find(context.Background()); err != nil {
		return 0, err
	}
	if providerDir, err = os.MkdirTemp("", "provider"); err != nil {
		return 0, err
	}
	defer os.RemoveAll(providerDir)
	build := exec.Command("go", "build", "-o", providerDir+string(os.PathSeparator), "github.com/hashicorp/terraform-provider-packer")
	if output, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("building the provider: %w\n%s", err, output)
	}
	return m.Run(), nil
}

// The seed's organization and the project that clients use by default.
const (
	organizationID = "0d5f9b1c-6a3e-4f27-8b90-1c2d3e4f5a60"
	projectID      = "7b1e2d3c-4f5a-4b6c-8d7e-9f0a1b2c3d4e"
)

// lab is a directory in which programs run, and the fake HCP that they all use.
type lab struct {
	dir      string
	env      map[string]string
	fake     *hcpfake.Server
	endpoint *hcpfake.Endpoint
}

// exampleProject returns the first project of the example registry.
func exampleProject() *hcpfake.Project {
	project := hcpfake.Example(time.Now()).Organizations[0].Projects[0]
	project.ID = projectID
	return project
}

func newLab(t *testing.T, projects ...*hcpfake.Project) *lab {
	t.Helper()
	if *packerPath == "" {
		t.Skip("there is no Packer to test with: make interop builds it and runs this")
	}
	seed := hcpfake.Seed{
		Clients:       []hcpfake.Client{{ID: "interop", Secret: "interop-secret"}},
		Organizations: []*hcpfake.Organization{{ID: organizationID, Name: "interop", Projects: projects}},
	}
	fake := hcpfake.New(seed, hcpfake.WithErrorf(t.Errorf))
	endpoint, err := hcpfake.Listen(t.Context(), fake, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := endpoint.Close(); err != nil {
			t.Error(err)
		}
	})
	l := &lab{dir: t.TempDir(), fake: fake, endpoint: endpoint}
	l.write(t, "ca.pem", string(endpoint.CA))
	l.write(t, "terraform.rc", cliConfig())
	if l.env, err = hcpfake.ClientEnv(endpoint, seed, filepath.Join(l.dir, "ca.pem")); err != nil {
		t.Fatal(err)
	}
	l.env["PATH"] = os.Getenv("PATH")
	l.env["HOME"] = t.TempDir()
	l.env["TMPDIR"] = t.TempDir()
	l.env["CHECKPOINT_DISABLE"] = "1"
	l.env["HCP_SKIP_STATUS_CHECK"] = "true" // of the hcp provider, which asks a public web page
	l.env["TF_CLI_CONFIG_FILE"] = filepath.Join(l.dir, "terraform.rc")
	return l
}

// cliConfig makes Terraform run the providers that were built here.
func cliConfig() string {
	overrides := fmt.Sprintf("    \"hashicorp/packer\" = %q\n", providerDir)
	if filepath.IsAbs(*hcpProviderPath) {
		overrides += fmt.Sprintf("    \"hashicorp/hcp\" = %q\n", filepath.Dir(*hcpProviderPath))
	}
	return "provider_installation {\n  dev_overrides {\n" + overrides + "  }\n  direct {}\n}\n"
}

func requireHCPProvider(t *testing.T) {
	t.Helper()
	if *hcpProviderPath == "" {
		t.Skip("there is no hcp provider to test with: -hcp-provider names or downloads it")
	}
}

const hcpProviderVersion = "0.114.0"

// pinHCPProvider makes the configuration in a directory of the lab require the version of
// the hcp provider that the documentation is about.
func (l *lab) pinHCPProvider(t *testing.T, dir string) {
	t.Helper()
	l.write(t, dir+"/hcp_override.tf", fmt.Sprintf(`
terraform {
  required_providers {
    hcp = { source = "hashicorp/hcp", version = %q }
  }
}
`, hcpProviderVersion))
}

// installHCPProvider downloads the hcp provider for the configuration in a directory of
// the lab, unless it is a program here.
func (l *lab) installHCPProvider(t *testing.T, dir string) {
	t.Helper()
	l.pinHCPProvider(t, dir)
	if filepath.IsAbs(*hcpProviderPath) {
		return
	}
	if output, err := l.terraform(t, dir, "init", "-input=false", "-no-color"); err != nil {
		t.Fatalf("installing the hcp provider: %v\n%s", err, output)
	}
}

func (l *lab) write(t *testing.T, file, content string) {
	t.Helper()
	file = filepath.Join(l.dir, file)
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(content), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// copy copies a file, which may be a program, into the lab.
func (l *lab) copy(t *testing.T, from, file string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	l.write(t, file, string(content))
	if err := os.Chmod(filepath.Join(l.dir, file), 0o700); err != nil {
		t.Fatal(err)
	}
}

// command returns a command that runs in the lab, with these variables in addition.
func (l *lab) command(t *testing.T, env []string, program string, arguments ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, arguments...)
	command.Dir = l.dir
	for name, value := range l.env {
		command.Env = append(command.Env, name+"="+value)
	}
	command.Env = append(command.Env, env...)
	return command
}

// packer runs Packer and returns what it printed.
func (l *lab) packer(t *testing.T, env []string, arguments ...string) (string, error) {
	t.Helper()
	output, err := l.command(t, env, *packerPath, arguments...).CombinedOutput()
	t.Logf("packer %s: %v\n%s", strings.Join(arguments, " "), err, output)
	return string(output), err
}

// terraform runs Terraform in a directory of the lab and returns what it printed on its
// standard output.
func (l *lab) terraform(t *testing.T, dir string, arguments ...string) (string, error) {
	t.Helper()
	command := l.command(t, nil, terraformPath, append([]string{"-chdir=" + dir}, arguments...)...)
	var stderr strings.Builder
	command.Stderr = &stderr
	output, err := command.Output()
	t.Logf("terraform %s: %v\n%s", strings.Join(arguments, " "), err, stderr.String())
	return string(output), err
}

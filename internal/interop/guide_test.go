package interop

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// guideSteps are the commands of the guide "HCP Packer emulator", which follow the one
// that starts it, and what they print.
var guideSteps = []struct {
	command string
	want    []string
}{
	{`. ~/.cache/hcpfake/hcpfake.env`, []string{`"status": "ok"`}},
	{"packer build ubuntu.pkr.hcl\nterraform init", []string{"2 added, 0 changed, 0 destroyed"}},
	{"token=", []string{"Warning: Image Iteration Will Be Revoked"}},
	{`emulator -d '{"advance"`, []string{"Error: Image Iteration Is Revoked"}},
	{"packer build ubuntu.pkr.hcl\nterraform apply", []string{"0 added, 1 changed, 0 destroyed"}},
	{"terraform -chdir=promotion init", []string{"4 added, 1 changed, 0 destroyed", "Error: Image Iteration Is Revoked"}},
	{"api() {", []string{`"name":"staging"`}},
	{`emulator "$HCP_AUTH_URL/_hcpfake/seed"`, nil},
	{"hcpfake -seed", []string{"No changes."}},
}

var shellBlock = regexp.MustCompile("(?s)```shell\n(.*?)```")

// The commands of the guide "HCP Packer emulator" do what it says, in its order.
func TestEmulatorGuide(t *testing.T) {
	requireHCPProvider(t)
	l := newLab(t, exampleProject())
	for _, file := range []string{"main.tf", "ubuntu.pkr.hcl"} {
		l.copy(t, "../../examples/guides/emulator/"+file, file)
	}
	l.write(t, "promotion/main.tf", promotionWithChannels(t))
	l.write(t, "promotion/provider.tf", "provider \"hcp\" {\n  skip_status_check = true\n}\n")
	l.pinHCPProvider(t, ".")
	l.pinHCPProvider(t, "promotion")
	l.mirrorProviders(t)
	l.linkPrograms(t)
	l.env["TF_CLI_ARGS_apply"] = "-auto-approve -input=false -no-color"
	l.env["TF_CLI_ARGS_plan"] = "-no-color"

	guide, err := os.ReadFile("../../docs/guides/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := shellBlock.FindAllSubmatch(guide, -1)
	if len(blocks) != 1+len(guideSteps) {
		t.Fatalf("the guide has %d blocks of commands", len(blocks))
	}
	var script strings.Builder
	for i, step := range guideSteps {
		commands := string(blocks[1+i][1])
		if !strings.HasPrefix(commands, step.command) {
			t.Fatalf("block %d is\n%s", 1+i, commands)
		}
		script.WriteString(strings.ReplaceAll(commands, "FINGERPRINT", "'$(terraform output -raw fingerprint)'") + "\necho end of step\n")
	}
	l.write(t, "guide.sh", script.String())

	output, err := l.command(t, nil, filepath.Join(l.dir, "bin", "hcpfake"),
		"-addr=127.0.0.1:0", "-dir="+filepath.Join(l.env["HOME"], ".cache/hcpfake"), "bash", "guide.sh").CombinedOutput()
	t.Logf("%v\n%s", err, output)
	printed := strings.Split(string(output), "end of step\n")
	if len(printed) != len(guideSteps)+1 {
		t.Fatalf("%d steps ended", len(printed)-1)
	}
	for i, step := range guideSteps {
		missing := func(want string) bool { return !strings.Contains(printed[i], want) }
		if slices.ContainsFunc(step.want, missing) || strings.Contains(printed[i], `"code":`) { // of an error of HCP
			t.Errorf("want %q, got\n%s", step.want, printed[i])
		}
	}
}

// linkPrograms puts the programs of the guide on the PATH.
func (l *lab) linkPrograms(t *testing.T) {
	t.Helper()
	bin := filepath.Join(l.dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, program := range map[string]string{"packer": *packerPath, "terraform": terraformPath} {
		if err := os.Symlink(program, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "../cmd/hcpfake")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	l.env["PATH"] = bin + string(os.PathListSeparator) + l.env["PATH"]
}

// mirrorProviders makes terraform init, which looks for development overrides in the
// registry too, find the programs that were built here.
func (l *lab) mirrorProviders(t *testing.T) {
	t.Helper()
	programs := map[string]string{"packer": filepath.Join(providerDir, "terraform-provider-packer")}
	if filepath.IsAbs(*hcpProviderPath) {
		programs["hcp"] = *hcpProviderPath
	}
	var local []string
	for name, program := range programs {
		version := map[string]string{"packer": "0.0.1", "hcp": hcpProviderVersion}[name]
		file := fmt.Sprintf("mirror/registry.terraform.io/hashicorp/%s/%s/%s_%s/terraform-provider-%[1]s_v%[2]s", name, version, runtime.GOOS, runtime.GOARCH)
		l.copy(t, program, file)
		local = append(local, fmt.Sprintf("%q", "registry.terraform.io/hashicorp/"+name))
	}
	providers := "[" + strings.Join(local, ", ") + "]"
	l.write(t, "terraform.rc", fmt.Sprintf(`provider_installation {
  filesystem_mirror {
    path    = %q
    include = %s
  }
  direct {
    exclude = %[2]s
  }
}
`, filepath.Join(l.dir, "mirror"), providers))
}

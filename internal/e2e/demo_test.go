//go:build unix

package e2e

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The demo tells its story to the end, and leaves nothing behind.
func TestDemo(t *testing.T) {
	requireTerraform(t, "1.8")
	temp := t.TempDir()
	var printed bytes.Buffer
	err := newDemo(t, temp, &printed).Run()
	t.Log(printed.String())
	if err != nil {
		t.Error(err)
	}
	requireEmptyDir(t, temp)
	rest := printed.String()
	for _, want := range []string{
		"── 1. Packer publishes an image in four regions",
		"── 2.", `+ triggers_replace = "ami-1-sydney"`, "4 added", "Reads billed by HCP: 1\n",
		"── 3.", "Warning: Image Iteration Will Be Revoked", "Reads billed by HCP: 1\n",
		"── 4.", "Error: Image Iteration Is Revoked", "CVE-2026-1234, fixed in v2", "Reads billed by HCP: 1\n",
		"── 5.",
		"── 6.", `"ami-1-oregon" -> "ami-2-oregon"`, "4 added, 0 changed, 4 destroyed", "Reads billed by HCP: 1\n",
	} {
		_, after, found := strings.Cut(rest, want)
		if !found {
			t.Fatalf("it does not print %q in its place", want)
		}
		rest = after
	}
	if strings.Contains(printed.String(), "\x1b") {
		t.Error("it prints colors, but not to a terminal")
	}
}

// An interrupt ends it as well as it ends itself.
func TestInterruptedDemo(t *testing.T) {
	requireTerraform(t, "1.8")
	temp := t.TempDir()
	r, w := io.Pipe()
	command := newDemo(t, temp, w)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan string)
	go func() {
		var printed strings.Builder
		buffer := make([]byte, 1<<10)
		interrupted := false
		for {
			n, err := r.Read(buffer)
			printed.Write(buffer[:n])
			if !interrupted && strings.Contains(printed.String(), "Reading...") {
				interrupted = true
				if err := syscall.Kill(-command.Process.Pid, syscall.SIGINT); err != nil {
					t.Error(err)
				}
			}
			if err != nil {
				ended <- printed.String()
				return
			}
		}
	}()
	err := command.Wait()
	w.Close()
	printed := <-ended
	if command.ProcessState.ExitCode() != 130 || strings.Contains(printed, "── 3.") {
		t.Errorf("it ended with %v:\n%s", err, printed)
	}
	requireEmptyDir(t, temp)
}

// newDemo returns what make demo runs.
func newDemo(t *testing.T, temp string, out io.Writer) *exec.Cmd {
	t.Helper()
	for _, program := range []string{"make", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	emulator := filepath.Join(t.TempDir(), "hcpfake")
	if output, err := exec.Command("go", "build", "-o", emulator, module+"/internal/cmd/hcpfake").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	command := exec.CommandContext(t.Context(), emulator, "-addr", "127.0.0.1:0", "-seed", "examples/demo/registry.json", "examples/demo/demo.sh")
	command.Env = append(os.Environ(), "TMPDIR="+temp, "PATH="+filepath.Dir(terraformPath)+string(os.PathListSeparator)+os.Getenv("PATH"))
	command.Dir = checkout
	command.Stdout, command.Stderr = out, out
	return command
}

func requireEmptyDir(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("it leaves %v behind (%v)", left, err)
	}
}

// Command demo shows the provider at work: it builds it, starts an HCP of its
// own on loopback, and runs Terraform on the configurations in examples/demo.
//
// Everything it makes lies in the directory named by -work, which it removes at
// the end, also when it is interrupted.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
	"github.com/hashicorp/terraform-provider-packer/internal/terraformcli"
)

func main() {
	work := flag.String("work", "", "the `directory` to work in: a new one, or one that holds this program at most; it is removed at the end")
	flag.Parse()

	// Written to a pipe that nobody reads, the output fails, rather than that
	// SIGPIPE ends the demo before it has cleaned up.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, *work, os.Stdout, os.Stderr)
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case interrupted:
		fmt.Fprintln(os.Stderr, "\nInterrupted; nothing is left behind.")
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "The demo failed:", err)
		os.Exit(1)
	}
}

// scene is one configuration and what Terraform must make of it.
type scene struct {
	title   string
	folder  string // below examples/demo
	command string // of Terraform
	refused bool   // whether Terraform must fail
	shows   string // what its output must contain
}

var scenes = []scene{
	{
		title:   "A channel, the iteration that it points at, and the iteration's images",
		folder:  "1-current",
		command: "plan",
		shows:   "ami-",
	},
	{
		title:   "An iteration whose revocation is scheduled: usable, with a warning",
		folder:  "2-scheduled",
		command: "plan",
		shows:   "Image Iteration Will Be Revoked",
	},
	{
		title:   "A revoked iteration: the plan is refused",
		folder:  "3-revoked",
		command: "plan",
		refused: true,
		shows:   "Image Iteration Is Revoked",
	},
}

// run shows everything on out, and on log what is not part of the show.
func run(ctx context.Context, work string, out, log io.Writer) (err error) {
	if work, err = workDir(work); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer func() { err = cmp.Or(context.Cause(ctx), err) }() // All that fails after that is its effect.
	stage, err := newStage(ctx, work, &audience{out, cancel}, log)
	if err != nil {
		return err
	}
	defer stage.close()
	for _, scene := range scenes {
		if err := stage.play(ctx, scene); err != nil {
			return fmt.Errorf("%s: %w", scene.folder, err)
		}
	}
	stage.listRequests()
	return nil
}

// audience takes all that is written. When it cannot be passed on because nobody
// reads any more, the demo is interrupted, as by a signal; Terraform must not
// see its output fail, because it would end at once and leave its provider behind.
type audience struct {
	io.Writer
	leave func(cause error)
}

func (a *audience) Write(p []byte) (int, error) {
	if _, err := a.Writer.Write(p); err != nil {
		a.leave(err)
	}
	return len(p), nil
}

// workDir makes the directory to work in. As that is removed at the end, one
// that exists must hold nothing that anybody could miss.
func workDir(dir string) (string, error) {
	if dir == "" {
		return "", errors.New("it needs a directory to work in; run make demo")
	}
	dir, err := filepath.Abs(dir) // The provider is built from another directory.
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, file := range files {
		if !isSelf(filepath.Join(dir, file.Name())) {
			return "", fmt.Errorf("%s holds %s, and would be removed at the end: name a new directory, or run make demo", dir, file.Name())
		}
	}
	return dir, nil
}

// isSelf reports whether the path is that of the demo's own program.
func isSelf(path string) bool {
	self, err := os.Executable()
	if err != nil {
		return false
	}
	program, err := os.Stat(self)
	if err != nil {
		return false
	}
	file, err := os.Stat(path)
	return err == nil && os.SameFile(file, program)
}

// stage is what the scenes share.
type stage struct {
	out, log  io.Writer
	work      string
	examples  string
	terraform string
	hcp       *hcpfake.Server
	endpoint  *hcpfake.Endpoint
	location  string   // of the project in HCP's API
	env       []string // of Terraform
}

func newStage(ctx context.Context, work string, out, log io.Writer) (*stage, error) {
	checkout, err := terraformcli.Checkout()
	if err != nil {
		return nil, err
	}
	terraform, err := terraformcli.Find(ctx)
	if err != nil {
		return nil, err
	}
	s := &stage{out: out, log: log, work: work, examples: filepath.Join(checkout, "examples", "demo"), terraform: terraform}
	fmt.Fprintf(out, "Building the provider …\n")
	if err := s.install(ctx, checkout); err != nil {
		return nil, err
	}
	if err := s.startHCP(ctx); err != nil {
		return nil, err
	}
	fmt.Fprintf(out, "An HCP to try things with listens on %s.\n", s.endpoint.Addr)
	return s, nil
}

func (s *stage) close() { s.endpoint.Close() }

// install builds the provider into a mirror that Terraform installs it from.
func (s *stage) install(ctx context.Context, checkout string) error {
	host := "registry.terraform.io"
	if terraformcli.IsOpenTofu(s.terraform) {
		host = "registry.opentofu.org"
	}
	mirror := filepath.Join(s.work, "mirror")
	binary := filepath.Join(mirror, host, "hashicorp", "packer", "0.0.1", runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-packer_v0.0.1")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	build := interruptible(ctx, "go", "build", "-ldflags=-X main.version=0.0.1", "-o", binary, ".")
	build.Dir = checkout
	// The linker and the C compiler, which do not know GOTMPDIR, use TMPDIR.
	build.Env = append(os.Environ(), "GOTMPDIR="+s.work, "TMPDIR="+s.work)
	build.Stderr = s.log // It may have modules to download, which takes long.
	if err := build.Run(); err != nil {
		return fmt.Errorf("building the provider: %w", err)
	}
	return os.WriteFile(s.cliConfig(), []byte(terraformcli.FilesystemMirror(mirror)), 0o600)
}

func (s *stage) cliConfig() string { return filepath.Join(s.work, "terraform.rc") }

// startHCP starts an HCP with the example registry, and makes the environment
// in which Terraform finds it, and nothing else.
func (s *stage) startHCP(ctx context.Context) error {
	seed := hcpfake.Example(time.Now())
	s.hcp = hcpfake.New(seed)
	var err error
	if s.endpoint, err = hcpfake.Listen(ctx, s.hcp, 0); err != nil {
		return err
	}
	home, certificate := filepath.Join(s.work, "home"), filepath.Join(s.work, "ca.pem")
	env, err := hcpfake.ClientEnv(s.endpoint, seed, certificate)
	if err = errors.Join(err, os.MkdirAll(home, 0o700), os.WriteFile(certificate, s.endpoint.CA, 0o600)); err != nil {
		s.endpoint.Close()
		return err
	}
	s.env = []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + home,
		"TMPDIR=" + s.work,
		"CHECKPOINT_DISABLE=1",
		"TF_IN_AUTOMATION=1",
		"TF_CLI_CONFIG_FILE=" + s.cliConfig(),
	}
	for name, value := range env {
		s.env = append(s.env, name+"="+value)
	}
	organization := seed.Organizations[0]
	s.location = "/packer/2023-01-01/organizations/" + organization.ID + "/projects/" + organization.Projects[0].ID
	return nil
}

// play runs Terraform on a copy of the scene's configuration, and fails when it
// does not end as it should.
func (s *stage) play(ctx context.Context, scene scene) error {
	dir := filepath.Join(s.work, scene.folder)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(s.examples, scene.folder))); err != nil {
		return err
	}
	if err := s.announce(scene, dir); err != nil {
		return err
	}
	if output, err := s.command(ctx, dir, "init").CombinedOutput(); err != nil {
		return fmt.Errorf("terraform init: %w\n%s", err, output)
	}
	var shown strings.Builder
	command := s.command(ctx, dir, scene.command)
	command.Stdout = io.MultiWriter(s.out, &shown)
	command.Stderr = command.Stdout
	err := command.Run()
	var exit *exec.ExitError
	switch {
	case err != nil && !errors.As(err, &exit):
		return err
	case scene.refused && err == nil:
		return fmt.Errorf("terraform %s was not refused", scene.command)
	case !scene.refused && err != nil:
		return fmt.Errorf("terraform %s: %w", scene.command, err)
	case !strings.Contains(shown.String(), scene.shows):
		return fmt.Errorf("terraform %s does not show %q", scene.command, scene.shows)
	}
	return nil
}

func (s *stage) announce(scene scene, dir string) error {
	fmt.Fprintf(s.out, "\n━━━ %s ━━━\n\n", scene.title)
	files, err := fs.Glob(os.DirFS(dir), "*.tf")
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			return err
		}
		fmt.Fprintln(s.out, "  │ "+strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\n  │ "))
	}
	fmt.Fprintf(s.out, "\n$ %s %s\n", filepath.Base(s.terraform), scene.command)
	return nil
}

// listRequests leaves out what is the same in most of the paths, so that each
// fits on a line.
func (s *stage) listRequests() {
	fmt.Fprintf(s.out, "\nTerraform read HCP with these requests and no others:\n\n")
	for _, request := range s.hcp.Requests() {
		path := request.Path
		if rest, ok := strings.CutPrefix(path, s.location); ok {
			path = "…" + rest
		}
		fmt.Fprintf(s.out, "  %s %s\n", request.Method, path)
	}
	fmt.Fprintf(s.out, "\n  … is /packer/2023-01-01/organizations/ORGANIZATION/projects/PROJECT\n")
}

// command runs Terraform.
func (s *stage) command(ctx context.Context, dir string, arguments ...string) *exec.Cmd {
	command := interruptible(ctx, s.terraform, append(arguments, "-no-color", "-input=false")...)
	command.Dir = dir
	command.Env = s.env
	return command
}

// interruptible makes a command that is interrupted, not killed, when ctx ends,
// so that it can stop and remove what it has made: Terraform its provider, Go
// its build. It is in a process group of its own because Terraform takes a
// second interrupt, that of the terminal, for an order to drop everything.
func interruptible(ctx context.Context, name string, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, name, arguments...)
	inGroup(command)
	command.Cancel = func() error { return interruptGroup(command) }
	command.WaitDelay = 10 * time.Second
	return command
}

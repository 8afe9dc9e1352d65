// Command demo shows the provider at work: it builds it, starts an HCP of its
// own on loopback, and runs Terraform on the configurations in examples/demo.
//
// Everything it makes lies in the directory named by -work, which it removes at
// the end, also when it is interrupted.
package main

import (
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
	work := flag.String("work", "", "the `directory` to work in; it is removed at the end")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, *work, os.Stdout)
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

func run(ctx context.Context, work string, out io.Writer) (err error) {
	if work == "" {
		return errors.New("name a directory to work in with -work")
	}
	if err := os.MkdirAll(work, 0o700); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()

	stage, err := newStage(ctx, work, out)
	if err != nil {
		return err
	}
	defer stage.close()
	for _, scene := range scenes {
		if err := stage.play(ctx, scene); err != nil {
			return fmt.Errorf("%s: %w", scene.folder, err)
		}
	}
	fmt.Fprintf(out, "\nTerraform read HCP with these requests and no others:\n\n")
	for _, request := range stage.hcp.Requests() {
		fmt.Fprintf(out, "  %s %s\n", request.Method, request.Path)
	}
	return nil
}

// stage is what the scenes share.
type stage struct {
	out       io.Writer
	work      string
	examples  string
	terraform string
	hcp       *hcpfake.Server
	endpoint  *hcpfake.Endpoint
	env       []string // of Terraform
}

func newStage(ctx context.Context, work string, out io.Writer) (*stage, error) {
	checkout, err := terraformcli.Checkout()
	if err != nil {
		return nil, err
	}
	terraform, err := terraformcli.Find(ctx)
	if err != nil {
		return nil, err
	}
	s := &stage{out: out, work: work, examples: filepath.Join(checkout, "examples", "demo"), terraform: terraform}
	fmt.Fprintf(out, "Building the provider …\n")
	if err := s.install(ctx, checkout); err != nil {
		return nil, err
	}
	if err := s.startHCP(); err != nil {
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
	build := exec.CommandContext(ctx, "go", "build", "-ldflags=-X main.version=0.0.1", "-o", binary, ".")
	build.Dir = checkout
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building the provider: %w\n%s", err, output)
	}
	config := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
	return os.WriteFile(s.cliConfig(), []byte(config), 0o600)
}

func (s *stage) cliConfig() string { return filepath.Join(s.work, "terraform.rc") }

// startHCP starts an HCP with the example registry, and makes the environment
// in which Terraform finds it, and nothing else.
func (s *stage) startHCP() error {
	seed := hcpfake.Example(time.Now())
	s.hcp = hcpfake.New(seed)
	var err error
	if s.endpoint, err = hcpfake.Listen(s.hcp, 0); err != nil {
		return err
	}
	home, certificate := filepath.Join(s.work, "home"), filepath.Join(s.work, "ca.pem")
	if err := errors.Join(os.MkdirAll(home, 0o700), os.WriteFile(certificate, s.endpoint.CA, 0o600)); err != nil {
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
		"SSL_CERT_FILE=" + certificate,
	}
	for name, value := range s.endpoint.Env() {
		s.env = append(s.env, name+"="+value)
	}
	organization := seed.Organizations[0]
	s.env = append(s.env,
		"HCP_CLIENT_ID="+seed.Clients[0].ID,
		"HCP_CLIENT_SECRET="+seed.Clients[0].Secret,
		"HCP_ORGANIZATION_ID="+organization.ID,
		"HCP_PROJECT_ID="+organization.Projects[0].ID,
	)
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
	case scene.refused != (err != nil):
		return fmt.Errorf("terraform %s ended with %v", scene.command, err)
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

// command is interrupted, not killed, when ctx ends, so that Terraform can stop
// the provider.
func (s *stage) command(ctx context.Context, dir string, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, s.terraform, append(arguments, "-no-color", "-input=false")...)
	command.Dir = dir
	command.Env = s.env
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 10 * time.Second
	return command
}

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

const usage = `Usage: hcpfake [-addr ADDRESS] [-dir DIR] [-seed FILE] [command [argument ...]]

Emulates HCP Packer on 127.0.0.1, for Terraform, Packer and other clients.

With a command, runs it against the emulator, and exits with its status:

    hcpfake -seed registry.json terraform test

Without one, serves until it is interrupted, logs requests, and prints the
environment variables for clients. It also writes them to DIR/hcpfake.env, for
another shell:

    . DIR/hcpfake.env
    terraform plan

  -addr ADDRESS  where to listen: a port of 127.0.0.1 or localhost, or port 0 for
                 any free one (default 127.0.0.1:4277; with a command, port 0)
  -dir DIR       where to keep the variables and the certificate, so that clients
                 need no new ones after a restart (default: a temporary directory)
  -seed FILE     the contents of the registry (default: a small example)

Clients trust the emulator because of SSL_CERT_FILE. On macOS and Windows, where
programs may ignore it, the variables turn verification off.

"go run" does not pass on SIGTERM. In scripts, give it a command to run, or run a
binary built with "go build".

A seed file is JSON. It contains service principals and organizations with their
projects, registries, buckets, versions and channels, in the format of HCP's API
2023-01-01:

    {
      "clients": [{"client_id": "reader", "client_secret": "not-a-secret"}],
      "organizations": [{"id": "ORG-UUID", "name": "example", "projects": [{
        "id": "PROJECT-UUID", "name": "images",
        "registry": {"config": {"activated": true}},
        "buckets": [{
          "name": "ubuntu",
          "versions": [{"name": "v7", "created_at": "now-48h", "builds": [{
            "component_type": "amazon-ebs.ubuntu", "platform": "aws",
            "artifacts": [{"region": "us-east-1", "external_identifier": "ami-0123"}]
          }]}],
          "channels": [{"name": "production-stable", "version": "v7"}]
        }]
      }]}]
    }

Times are RFC 3339 or relative to the start: now, now-48h, now+720h. Most fields
are optional, and unknown fields are errors. For details, see
"go doc ./internal/hcpfake Seed" and internal/hcpfake/example.json.
`

const (
	// defaultAddress has the digits of HCPP on a telephone.
	defaultAddress = "127.0.0.1:4277"
	// commandAddress lets several commands run at the same time.
	commandAddress = "127.0.0.1:0"
)

// envFile is the file with the environment variables for clients.
const envFile = "hcpfake.env"

type options struct {
	addr     string
	dir      string
	seedFile string
	command  []string
}

// run serves the emulator until ctx is done, an interrupt arrives or the command
// has ended. It prints the environment variables for clients, or the usage if
// requested, to stdout, and logs to stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	opts, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		_, err = io.WriteString(stdout, usage)
		return err
	}
	if err != nil {
		return fmt.Errorf("%w; see hcpfake -h", err)
	}
	ctx, stop := handleInterrupt(ctx, opts)
	defer stop()
	seed, err := readSeed(ctx, opts.seedFile, time.Now())
	if err != nil {
		return err
	}
	return serve(ctx, opts, seed, stdout, stderr)
}

// handleInterrupt lets an interrupt end the emulator, unless it runs a command: the
// terminal interrupts that too, and the emulator ends when the command does.
func handleInterrupt(ctx context.Context, opts options) (context.Context, context.CancelFunc) {
	if len(opts.command) == 0 {
		return signal.NotifyContext(ctx, os.Interrupt)
	}
	// The command would inherit signal.Ignore.
	discarded := make(chan os.Signal, 1)
	signal.Notify(discarded, os.Interrupt)
	return ctx, func() { signal.Stop(discarded) }
}

func parse(args []string) (options, error) {
	var opts options
	flags := flag.NewFlagSet("hcpfake", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // The caller reports errors and prints the usage.
	flags.StringVar(&opts.addr, "addr", "", "")
	flags.StringVar(&opts.dir, "dir", "", "")
	flags.StringVar(&opts.seedFile, "seed", "", "")
	err := flags.Parse(args)
	opts.command = flags.Args()
	if opts.addr == "" {
		opts.addr = defaultAddress
		if len(opts.command) > 0 {
			opts.addr = commandAddress
		}
	}
	return opts, err
}

// portOf returns the port of an address of this machine.
func portOf(addr string) (int, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return 0, fmt.Errorf("-addr: %w; want an address such as %s", err, defaultAddress)
	}
	if host != "127.0.0.1" && host != "localhost" {
		return 0, fmt.Errorf("-addr %s: the emulator listens only on 127.0.0.1, because everybody knows its credentials", addr)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("-addr %s: the port must be a number from 0 to 65535", addr)
	}
	return int(n), nil
}

// readSeed returns early if ctx is done, because the file may be a pipe without a
// writer.
func readSeed(ctx context.Context, file string, now time.Time) (hcpfake.Seed, error) {
	if file == "" {
		return hcpfake.Example(now), nil
	}
	var seed hcpfake.Seed
	var err error
	done := make(chan struct{})
	go func() {
		seed, err = readSeedFile(file, now)
		close(done)
	}()
	select {
	case <-done:
		return seed, err
	case <-ctx.Done():
		return hcpfake.Seed{}, fmt.Errorf("interrupted while reading %s", file)
	}
}

func readSeedFile(file string, now time.Time) (hcpfake.Seed, error) {
	f, err := os.Open(file)
	if err != nil {
		return hcpfake.Seed{}, err
	}
	defer f.Close()
	seed, err := hcpfake.ReadSeed(f, now)
	if err != nil {
		return seed, fmt.Errorf("%s: %w", file, err)
	}
	return seed, nil
}

func serve(ctx context.Context, opts options, seed hcpfake.Seed, stdout, stderr io.Writer) (err error) {
	port, err := portOf(opts.addr)
	if err != nil {
		return err
	}
	dir, cleanUp, err := openDir(opts.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cleanUp()) }()
	certificate, err := hcpfake.KeepCertificate(dir, time.Now())
	if err != nil {
		return err
	}

	logger := log.New(stderr, "", 0)
	fake := hcpfake.New(seed, hcpfake.WithErrorf(logger.Printf), hcpfake.WithRequestLog(func(r hcpfake.Request) {
		if len(opts.command) == 0 {
			logger.Printf("%s %s %d", r.Method, r.Path, r.Status)
		}
	}))
	endpoint, err := hcpfake.ListenWith(ctx, fake.Control(), port, certificate)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w; another emulator may be running, or choose another port with -addr 127.0.0.1:0", err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, endpoint.Close()) }()
	env, err := hcpfake.ClientEnv(endpoint, seed, filepath.Join(dir, hcpfake.CAFile))
	if err != nil {
		return err
	}
	exports, file := exportsOf(env), filepath.Join(dir, envFile)
	if err := os.WriteFile(file, []byte(exports), 0o600); err != nil {
		return err
	}

	if len(opts.command) > 0 {
		return runCommand(ctx, opts.command, env, stdout, stderr)
	}
	if _, err := io.WriteString(stdout, exports); err != nil {
		return err
	}
	logger.Printf(next, endpoint.URL(), shellQuote(file))
	<-ctx.Done()
	return nil
}

const next = `HCP Packer emulator on %s; interrupt it to stop.
In another shell, load the variables, and then run terraform, packer or curl:

    . %s
    curl --cacert "$SSL_CERT_FILE" "$HCP_AUTH_URL/_hcpfake/health"
`

// openDir returns the directory for the emulator's files, and what to do with it
// at the end.
func openDir(name string) (dir string, cleanUp func() error, err error) {
	if name == "" {
		dir, err = os.MkdirTemp("", "hcpfake-")
		return dir, func() error { return os.RemoveAll(dir) }, err
	}
	if dir, err = filepath.Abs(name); err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	return dir, func() error { return nil }, err
}

// runCommand runs a command in the environment of the emulator's clients.
func runCommand(ctx context.Context, args []string, env map[string]string, stdout, stderr io.Writer) error {
	command := exec.CommandContext(ctx, args[0], args[1:]...)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.Env = os.Environ()
	for name, value := range env {
		command.Env = append(command.Env, name+"="+value)
	}
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, stdout, stderr
	return command.Run()
}

func exportsOf(env map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(env)) {
		fmt.Fprintf(&b, "export %s=%s\n", name, shellQuote(env[name]))
	}
	return b.String()
}

// shellQuote quotes a string for a POSIX shell.
func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

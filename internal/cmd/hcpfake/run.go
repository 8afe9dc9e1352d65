package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

const usage = `Usage: hcpfake [-seed FILE] [-port N]

Serves a fake HCP Packer registry over TLS on 127.0.0.1 until it is interrupted.
It prints the environment that leads a client there, and logs the requests. In
one shell, and then in another:

    go run ./internal/cmd/hcpfake >"${TMPDIR:-/tmp}/hcpfake.env"
    . "${TMPDIR:-/tmp}/hcpfake.env"

"go run" does not pass SIGTERM on: stop it with Ctrl-C, or for a script build the
command first, with "go build -o DIR/ ./internal/cmd/hcpfake", and run that.

  -seed FILE  what the registry holds; by default a small example
  -port N     the port to listen on; by default any that is free

Clients built on HCP's SDK keep access tokens in $HOME/.config/hcp, and would
offer that of an earlier fake: give them a HOME of their own. SSL_CERT_FILE
makes a client trust the fake; programs on macOS and Windows
may not look at it.

A seed file is JSON: service principals, and organizations with their projects,
registries, buckets, versions and channels, in the words of HCP's API 2023-01-01:

    {
      "clients": [{"client_id": "reader", "client_secret": "not-a-secret"}],
      "organizations": [{"id": "ORG-UUID", "name": "example", "projects": [{
        "id": "PROJECT-UUID", "name": "images",
        "registry": {"config": {"activated": true}},
        "buckets": [{
          "name": "ubuntu",
          "versions": [{"name": "v7", "created_at": "now-48h", "builds": [{
            "component_type": "amazon-ebs", "platform": "aws",
            "artifacts": [{"region": "us-east-1", "external_identifier": "ami-0123"}]
          }]}],
          "channels": [{"name": "production-stable", "version": "v7"}]
        }]
      }]}]
    }

Times are RFC 3339 or relative to the start: now, now-48h, now+720h. What is left
out is filled in, and what the format does not know is an error. For all of it
see "go doc ./internal/hcpfake Seed", and internal/hcpfake/example.json.
`

type options struct {
	seedFile string
	port     int
}

// run serves until ctx ends. It prints the environment of clients, or the help
// that was asked for, to stdout, and all else to stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	opts, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		_, err = io.WriteString(stdout, usage)
		return err
	}
	if err != nil {
		return fmt.Errorf("%w; see hcpfake -h", err)
	}
	seed, err := readSeed(ctx, opts.seedFile, time.Now())
	if err != nil {
		return err
	}
	return serve(ctx, seed, opts.port, stdout, stderr)
}

func parse(args []string) (options, error) {
	var opts options
	flags := flag.NewFlagSet("hcpfake", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // The error is returned, and usage says more.
	flags.StringVar(&opts.seedFile, "seed", "", "")
	flags.IntVar(&opts.port, "port", 0, "")
	if err := flags.Parse(args); err != nil {
		return opts, err
	}
	if flags.NArg() > 0 {
		return opts, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return opts, nil
}

// readSeed gives up when ctx ends: the file may be a pipe that nobody writes to.
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

func serve(ctx context.Context, seed hcpfake.Seed, port int, stdout, stderr io.Writer) (err error) {
	logger := log.New(stderr, "", 0) // It writes one line at a time.
	fake := hcpfake.New(seed,
		hcpfake.WithErrorf(logger.Printf),
		hcpfake.WithRequestLog(func(r hcpfake.Request) {
			logger.Printf("%s %s %d", r.Method, r.Path, r.Status)
		}))
	endpoint, err := hcpfake.Listen(ctx, fake, port)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, endpoint.Close()) }()

	dir, err := os.MkdirTemp("", "hcpfake-") // Its mode is 0700.
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	ca := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(ca, endpoint.CA, 0o600); err != nil {
		return err
	}
	env, err := hcpfake.ClientEnv(endpoint, seed, ca)
	if err != nil {
		return err
	}
	if err := printEnv(stdout, env); err != nil {
		return err
	}
	logger.Printf("listening on %s; interrupt to stop", endpoint.Addr)
	<-ctx.Done()
	return nil
}

func printEnv(w io.Writer, env map[string]string) error {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(env)) {
		fmt.Fprintf(&b, "export %s=%s\n", name, shellQuote(env[name]))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// quote makes one word of a POSIX shell of any string.
func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

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

Serves a fake HCP Packer registry over TLS on 127.0.0.1 until interrupted. It
prints the environment variables for clients, and logs requests. Run it in one
shell, and load the variables in another:

    go run ./internal/cmd/hcpfake >"${TMPDIR:-/tmp}/hcpfake.env"
    . "${TMPDIR:-/tmp}/hcpfake.env"

"go run" does not forward SIGTERM: stop it with Ctrl-C. In scripts, build the
command with "go build -o DIR/ ./internal/cmd/hcpfake" and run the binary.

  -seed FILE  the contents of the registry (default: a small example)
  -port N     the port to listen on (default: any free port)

Clients built on HCP's SDK cache access tokens in $HOME/.config/hcp, and would
send a token of an earlier fake. Give them a separate HOME. Clients trust the fake
because of SSL_CERT_FILE, which programs on macOS and Windows may ignore.

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
            "component_type": "amazon-ebs", "platform": "aws",
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

type options struct {
	seedFile string
	port     int
}

// run serves the fake until ctx is done. It prints the environment variables for
// clients, or the usage if requested, to stdout, and logs to stderr.
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
	flags.SetOutput(io.Discard) // The caller reports errors and prints the usage.
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

func serve(ctx context.Context, seed hcpfake.Seed, port int, stdout, stderr io.Writer) (err error) {
	logger := log.New(stderr, "", 0)
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

	dir, err := os.MkdirTemp("", "hcpfake-")
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

// shellQuote quotes a string for a POSIX shell.
func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

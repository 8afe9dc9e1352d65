// Command bench compares whole runs of terraform plan with this provider to the
// same with a provider that answers a constant (see constant), and prints the
// ratios. The two take turns, so that a busy machine slows both alike.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
	"github.com/hashicorp/terraform-provider-packer/internal/terraformcli"
)

func main() {
	runs := flag.Int("runs", 15, "how often to run each plan")
	flag.Parse()
	if err := run(context.Background(), *runs); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// scenario is a configuration that is planned with both providers.
type scenario struct {
	name     string
	reads    int
	channels int
	delay    time.Duration // of every request
	bound    float64       // what the ratio must not exceed
}

var scenarios = []scenario{
	{name: "4 reads of one channel", reads: 4, channels: 1, bound: 1.25},
	{name: "100 reads of 25 channels", reads: 100, channels: 25, bound: 1.4},
	{name: "100 reads of 25 channels, 50 ms a request", reads: 100, channels: 25, delay: 50 * time.Millisecond, bound: 2},
}

func run(ctx context.Context, runs int) error {
	work, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	b, err := newBench(ctx, work)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "terraform plan\tthis provider\tconstant\tratio\tbound\trequests")
	var failures []error
	for _, s := range scenarios {
		ours, constant, requests, err := b.measure(ctx, s, runs)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		ratio := ours.Seconds() / constant.Seconds()
		fmt.Fprintf(table, "%s\t%d ms\t%d ms\t%.2f\t%.2f\t%d\n", s.name, ours.Milliseconds(), constant.Milliseconds(), ratio, s.bound, requests)
		if ratio > s.bound || requests != s.channels+1 {
			failures = append(failures, fmt.Errorf("%s: the ratio is %.2f and there were %d requests", s.name, ratio, requests))
		}
	}
	return errors.Join(table.Flush(), errors.Join(failures...), b.sizes())
}

// bench is what the scenarios share.
type bench struct {
	work      string
	terraform string
}

// sources are where the providers are built from.
var sources = map[string]string{"ours": ".", "constant": "./internal/cmd/bench/constant", "minimal": "./internal/cmd/bench/minimal"}

func newBench(ctx context.Context, work string) (*bench, error) {
	checkout, err := terraformcli.Checkout()
	if err != nil {
		return nil, err
	}
	b := &bench{work: work}
	if b.terraform, err = terraformcli.Find(ctx); err != nil {
		return nil, err
	}
	for name, source := range sources {
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", b.binary(name), source)
		build.Dir = checkout
		if output, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building %s: %w\n%s", name, err, output)
		}
		override := terraformcli.DevOverrides(filepath.Dir(b.binary(name)))
		if err := os.WriteFile(b.cliConfig(name), []byte(override), 0o600); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (b *bench) binary(name string) string {
	return filepath.Join(b.work, name, "terraform-provider-packer")
}
func (b *bench) cliConfig(name string) string { return filepath.Join(b.work, name+".rc") }

// measure returns the median time of a plan with each provider, and the number
// of requests that one plan makes.
func (b *bench) measure(ctx context.Context, s scenario, runs int) (ours, constant time.Duration, requests int, err error) {
	dir := filepath.Join(b.work, "workspace")
	config := fmt.Sprintf("data \"packer_image_iteration\" \"test\" {\n  count   = %d\n  bucket  = \"bucket\"\n  channel = \"channel-${count.index %% %d}\"\n}\n", s.reads, s.channels)
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, "main.tf"), []byte(config), 0o600)); err != nil {
		return 0, 0, 0, err
	}
	seed := seedOf(s.channels)
	hcp := hcpfake.New(seed)
	hcp.Inject(hcpfake.Fault{Delay: s.delay})
	endpoint, err := hcpfake.Listen(ctx, hcp, 0)
	if err != nil {
		return 0, 0, 0, err
	}
	defer endpoint.Close()
	certificate, state := filepath.Join(b.work, "ca.pem"), filepath.Join(b.work, "state")
	client, err := hcpfake.ClientEnv(endpoint, seed, certificate)
	if err = errors.Join(err, os.WriteFile(certificate, endpoint.CA, 0o600), os.RemoveAll(state)); err != nil {
		return 0, 0, 0, err
	}
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + b.work, "CHECKPOINT_DISABLE=1", "BENCH_STATE=" + state}
	for name, value := range client {
		env = append(env, name+"="+value)
	}

	times := make(map[string][]time.Duration)
	for round := range runs + 1 { // the first warms up, and records what the constant is
		for _, name := range []string{"ours", "constant"} {
			hcp.ResetRequests()
			took, err := b.plan(ctx, dir, append(env, "TF_CLI_CONFIG_FILE="+b.cliConfig(name)))
			if err != nil {
				return 0, 0, 0, err
			}
			times[name] = append(times[name], took)
			switch n := hcp.Count(""); {
			case name == "ours":
				requests = max(requests, n)
			case round > 0 && n > 0:
				return 0, 0, 0, fmt.Errorf("the constant provider made %d requests", n)
			}
		}
	}
	return median(times["ours"][1:]), median(times["constant"][1:]), requests, nil
}

func (b *bench) plan(ctx context.Context, dir string, env []string) (time.Duration, error) {
	command := exec.CommandContext(ctx, b.terraform, "plan", "-input=false", "-no-color", "-parallelism=50")
	command.Dir, command.Env = dir, env
	begin := time.Now()
	output, err := command.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("terraform plan: %w\n%s", err, output)
	}
	return time.Since(begin), nil
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

// seedOf is a registry with so many channels, each with an iteration of its own.
func seedOf(channels int) hcpfake.Seed {
	bucket := &hcpfake.Bucket{Name: "bucket"}
	for i := range channels {
		version := &hcpfake.Version{Name: fmt.Sprintf("v%d", i+1)}
		for _, platform := range []string{"aws", "azure", "gce"} {
			build := &hcpfake.Build{Platform: platform, ComponentType: platform + ".ubuntu", Labels: map[string]string{"os": "ubuntu"}}
			for _, region := range []string{"us-east-1", "eu-central-1", "ap-south-1"} {
				build.Artifacts = append(build.Artifacts, &hcpfake.Artifact{Region: region, ExternalIdentifier: fmt.Sprintf("image-%d", i)})
			}
			version.Builds = append(version.Builds, build)
		}
		bucket.Versions = append(bucket.Versions, version)
		bucket.Channels = append(bucket.Channels, &hcpfake.Channel{Name: fmt.Sprintf("channel-%d", i), Version: version.Name})
	}
	return hcpfake.Seed{
		Clients: []hcpfake.Client{{ID: "bench", Secret: "not-a-secret"}},
		Organizations: []*hcpfake.Organization{{
			ID: "0d5f9b1c-6a3e-4f27-8b90-1c2d3e4f5a60", Name: "bench",
			Projects: []*hcpfake.Project{{
				ID: "7b1e2d3c-4f5a-4b6c-8d7e-9f0a1b2c3d4e", Name: "bench",
				Registry: hcpfake.ActiveRegistry(), Buckets: []*hcpfake.Bucket{bucket},
			}},
		}},
	}
}

// maxLarger is how much larger than the minimal provider ours may be, in bytes.
const maxLarger = 10_000_000

// sizes compares the stripped binaries.
func (b *bench) sizes() error {
	ours, err := os.Stat(b.binary("ours"))
	if err != nil {
		return err
	}
	minimal, err := os.Stat(b.binary("minimal"))
	if err != nil {
		return err
	}
	larger := ours.Size() - minimal.Size()
	fmt.Printf("\nThe stripped binary has %.1f MB, %.1f MB more than the minimal provider's (bound: %.0f).\n",
		float64(ours.Size())/1e6, float64(larger)/1e6, float64(maxLarger)/1e6)
	if larger > maxLarger {
		return errors.New("the binary is too large")
	}
	return nil
}

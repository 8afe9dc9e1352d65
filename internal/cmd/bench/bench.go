package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/terraformcli"
)

const (
	ours     = "this provider"
	constant = "constant"
	minimal  = "minimal"
)

var (
	providers = []string{ours, constant, minimal}
	sources   = map[string]string{ours: ".", constant: "./internal/cmd/bench/constant", minimal: "./internal/cmd/bench/minimal"}
)

// bench is what the measurements share.
type bench struct {
	work      string // a temporary directory
	terraform string
	hcp       *hcp
}

func newBench(ctx context.Context, work string) (*bench, error) {
	checkout, err := terraformcli.Checkout()
	if err != nil {
		return nil, err
	}
	b := &bench{work: work}
	if b.terraform, err = terraformcli.Find(ctx); err != nil {
		return nil, err
	}
	for _, provider := range providers {
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", b.binary(provider), sources[provider])
		build.Dir = checkout
		if output, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building %s: %w\n%s", provider, err, output)
		}
		override := terraformcli.DevOverrides(filepath.Dir(b.binary(provider)), "packer")
		if err := os.WriteFile(b.cliConfig(provider), []byte(override), 0o600); err != nil {
			return nil, err
		}
	}
	b.hcp, err = startHCP(ctx, filepath.Join(work, "ca.pem"))
	return b, err
}

func (b *bench) binary(provider string) string {
	return filepath.Join(b.work, provider, "terraform-provider-packer")
}

func (b *bench) cliConfig(provider string) string {
	return filepath.Join(b.work, provider, "terraform.rc")
}

// workload is a configuration whose data sources read a number of channels.
type workload struct {
	name            string
	reads, channels int
}

var (
	oneRead   = workload{"1 read", 1, 1}
	manyReads = workload{"100 reads of 25 channels", 100, 25}
)

// requests returns how many requests the workload takes: one to sign in, and one
// for each channel.
func (w workload) requests() int { return 1 + w.channels }

// workspace makes a directory that holds the configuration.
func (b *bench) workspace(w workload) (dir string, err error) {
	dir = filepath.Join(b.work, w.name)
	config := fmt.Sprintf(`
data "packer_image_iteration" "test" {
  count   = %d
  bucket  = "bucket"
  channel = "channel-${count.index %% %d}"
}
`, w.reads, w.channels)
	return dir, errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, "main.tf"), []byte(config), 0o600))
}

// measured holds what was measured of one plan.
type measured struct {
	took      time.Duration
	waited    time.Duration // for the network
	requests  int
	auth, api int32 // connections
}

// plan runs terraform plan with HCP the given round trip away, and without the
// environment variables in unset. Terraform may make 50 reads at once: if reads
// wait for each other, it is not because of Terraform's limit.
func (b *bench) plan(ctx context.Context, dir, provider string, roundTrip time.Duration, unset ...string) (measured, error) {
	route, err := b.hcp.route(ctx, roundTrip)
	if err != nil {
		return measured{}, err
	}
	defer route.close()
	command := exec.CommandContext(ctx, b.terraform, "plan", "-input=false", "-no-color", "-parallelism=50")
	command.Dir = dir
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + b.work,
		"CHECKPOINT_DISABLE=1",
		"TF_CLI_CONFIG_FILE=" + b.cliConfig(provider),
		"BENCH_STATE=" + filepath.Join(b.work, "state"),
	}
	for name, value := range route.env {
		if !slices.Contains(unset, name) {
			command.Env = append(command.Env, name+"="+value)
		}
	}
	b.hcp.ResetRequests()
	begin := time.Now()
	if output, err := command.CombinedOutput(); err != nil {
		return measured{}, fmt.Errorf("terraform plan with %s: %w\n%s", provider, err, output)
	}
	return measured{
		took: time.Since(begin), waited: route.meter.read(), requests: b.hcp.Count(""),
		auth: route.auth.connections.Load(), api: route.api.connections.Load(),
	}, nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

// hcp is a fake HCP with two addresses, like the real one: one to sign in at, and
// one for the API.
type hcp struct {
	*hcpfake.Server
	auth, api *hcpfake.Endpoint
	env       map[string]string // of its clients
}

// startHCP starts a fake HCP, which serves until the program ends.
func startHCP(ctx context.Context, caFile string) (*hcp, error) {
	seed := newSeed(manyReads.channels)
	h := &hcp{Server: hcpfake.New(seed)}
	var err error
	if h.auth, err = hcpfake.Listen(ctx, h, 0); err != nil {
		return nil, err
	}
	if h.api, err = hcpfake.Listen(ctx, h, 0); err != nil {
		return nil, err
	}
	h.env, err = hcpfake.ClientEnv(h.api, seed, caFile)
	return h, errors.Join(err, os.WriteFile(caFile, slices.Concat(h.auth.CA, h.api.CA), 0o600))
}

// route is a network between clients and HCP.
type route struct {
	meter     meter
	auth, api *forwarder
	env       map[string]string // of clients that take this route
}

// route returns a new route with the given round trip.
func (h *hcp) route(ctx context.Context, roundTrip time.Duration) (*route, error) {
	r := &route{env: maps.Clone(h.env)}
	var err error
	if r.auth, err = forward(ctx, h.auth.Addr, roundTrip, &r.meter); err != nil {
		return nil, err
	}
	if r.api, err = forward(ctx, h.api.Addr, roundTrip, &r.meter); err != nil {
		r.auth.Close()
		return nil, err
	}
	r.env["HCP_AUTH_URL"] = "https://" + r.auth.Addr().String()
	r.env["HCP_API_ADDRESS"] = r.api.Addr().String()
	return r, nil
}

func (r *route) close() {
	r.auth.Close()
	r.api.Close()
}

// newSeed returns a registry with a number of channels, each of which points to an
// iteration of its own with nine images.
func newSeed(channels int) hcpfake.Seed {
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

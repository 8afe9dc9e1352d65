package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"
)

// distant lists the plans to make with a distant HCP. One read may take four round
// trips: two to connect to the sign-in endpoint, while the connection to the API
// opens too, one to sign in, and one to read. Each lookup adds one. Many reads start
// at different moments, so their bound only catches reads that wait for each other.
var distant = []struct {
	workload
	known   string
	unset   []string // variables that would tell the rest
	lookups int
	bound   float64 // of round trips
}{
	{oneRead, "organization and project known", nil, 0, 4.3},
	{oneRead, "project known", []string{"HCP_ORGANIZATION_ID"}, 1, 5.3},
	{oneRead, "neither known", []string{"HCP_ORGANIZATION_ID", "HCP_PROJECT_ID"}, 2, 6.3},
	{manyReads, "organization and project known", nil, 0, 15},
}

// roundTrips prints how many round trips plans wait for, as meter counts them. It
// also prints how many round trips longer a plan takes than with an HCP on this
// machine, the two taking turns. On an idle machine the figures agree; on a busy
// one only the first is reliable, so the bound is for that.
func (b *bench) roundTrips(ctx context.Context, runs int, roundTrip time.Duration) error {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer table.Flush()
	fmt.Fprintf(table, "\nRound trips of %s, median (min–max) of %d\twaited for\tbound\tplan longer by\trequests\tsign-in connections\tAPI connections\n", roundTrip, runs)
	var failures []error
	for _, d := range distant {
		name := d.name + ", " + d.known
		dir, err := b.workspace(d.workload)
		if err != nil {
			return err
		}
		var waited, longer []float64
		var requests int
		var auth, api int32
		for range runs {
			near, err := b.plan(ctx, dir, ours, 0, d.unset...)
			if err != nil {
				return err
			}
			far, err := b.plan(ctx, dir, ours, roundTrip, d.unset...)
			if err != nil {
				return err
			}
			waited = append(waited, far.waited.Seconds()/roundTrip.Seconds())
			longer = append(longer, (far.took-near.took).Seconds()/roundTrip.Seconds())
			requests, auth, api = max(requests, far.requests), max(auth, far.auth), max(api, far.api)
		}
		fmt.Fprintf(table, "%s\t%s\t%.1f\t%s\t%d\t%d\t%d\n",
			name, spread("%.2f", waited), d.bound, spread("%.1f", longer), requests, auth, api)
		if trips := median(waited); trips > d.bound {
			failures = append(failures, fmt.Errorf("%s: it waits for %.2f round trips; want at most %.1f", name, trips, d.bound))
		}
		if want := d.requests() + d.lookups; requests != want {
			failures = append(failures, fmt.Errorf("%s: it makes %d requests; want %d", name, requests, want))
		}
		if api > 1 {
			failures = append(failures, fmt.Errorf("%s: it opens %d connections to the API; want 1", name, api))
		}
	}
	return errors.Join(failures...)
}

// Command bench measures terraform plan with this provider: how long it takes
// next to two yardsticks (the providers constant and minimal), and how many round
// trips it waits for when HCP is far away. It also compares the size of the
// binaries.
//
// Times have no bounds, because they depend on what else the machine does. The
// command fails when there are too many requests, connections or round trips, or
// when the binary is too large.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"time"
)

func main() {
	runs := flag.Int("runs", 9, "how `many` times to run each plan")
	roundTrip := flag.Duration("round-trip", 200*time.Millisecond, "the `duration` of a round trip to the distant HCP")
	flag.Parse()
	if *runs < 1 || *roundTrip <= 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(context.Background(), *runs, *roundTrip); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, runs int, roundTrip time.Duration) error {
	work, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	b, err := newBench(ctx, work)
	if err != nil {
		return err
	}
	return errors.Join(b.plans(ctx, runs), b.roundTrips(ctx, runs, roundTrip), b.size())
}

// spread formats the median, the least and the greatest of some values.
func spread(format string, values []float64) string {
	return fmt.Sprintf(format+" ("+format+"–"+format+")", median(values), slices.Min(values), slices.Max(values))
}

func median(values []float64) float64 {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

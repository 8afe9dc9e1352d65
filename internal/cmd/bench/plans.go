package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
)

// plans prints how long plans take with each provider. The providers take turns,
// so that other load on the machine slows them all.
func (b *bench) plans(ctx context.Context, runs int) error {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer table.Flush()
	fmt.Fprintf(table, "Milliseconds of terraform plan, median (min–max) of %d\t%s\t%s\t%s\trequests\n", runs, ours, constant, minimal)
	for _, w := range []workload{oneRead, manyReads} {
		dir, err := b.workspace(w)
		if err != nil {
			return err
		}
		times := make(map[string][]float64)
		for run := range runs + 1 { // the first warms up, and records what constant answers
			for _, provider := range providers {
				plan, err := b.plan(ctx, dir, provider, 0)
				if err != nil {
					return err
				}
				if run == 0 {
					continue
				}
				want := 0
				if provider == ours {
					want = w.requests()
				}
				if plan.requests != want {
					return fmt.Errorf("%s: %s made %d requests; want %d", w.name, provider, plan.requests, want)
				}
				times[provider] = append(times[provider], float64(plan.took.Milliseconds()))
			}
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\n", w.name,
			spread("%.0f", times[ours]), spread("%.0f", times[constant]), spread("%.0f", times[minimal]), w.requests())
	}
	return nil
}

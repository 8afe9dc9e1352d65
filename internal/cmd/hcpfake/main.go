// Command hcpfake serves a fake HCP Packer registry on this machine, to try
// clients against. Run it with -h for how to use it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// Written to a pipe that nobody reads, the output fails, rather than that
	// SIGPIPE ends the process before it has cleaned up.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), shutdownSignals()...)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "hcpfake:", err)
		os.Exit(1)
	}
}

// endingSignals leaves out SIGHUP under nohup, which is there to ignore it.
func shutdownSignals() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// Command hcpfake emulates HCP Packer on the loopback interface. Run it with -h
// for usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

func main() {
	// Without SIGPIPE, writing to a closed pipe returns an error, and the
	// process can clean up.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), shutdownSignals()...)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		os.Exit(exitStatus(exit.ProcessState))
	case err != nil:
		fmt.Fprintln(os.Stderr, "hcpfake:", err)
		os.Exit(1)
	}
}

// exitStatus returns what a shell returns for a command that ended.
func exitStatus(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

// shutdownSignals returns the signals that end the emulator, whether it serves or runs a
// command. It omits SIGHUP if that is ignored, as under nohup, and the interrupt, which
// means something else to a command.
func shutdownSignals() []os.Signal {
	signals := []os.Signal{syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

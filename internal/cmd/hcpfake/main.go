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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "hcpfake:", err)
		os.Exit(1)
	}
}

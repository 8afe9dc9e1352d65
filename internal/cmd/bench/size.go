package main

import (
	"errors"
	"fmt"
	"os"
)

// maxLarger is how much larger than the minimal provider ours may be, in bytes.
const maxLarger = 10_000_000

// size compares the stripped binaries.
func (b *bench) size() error {
	own, err := os.Stat(b.binary(ours))
	if err != nil {
		return err
	}
	least, err := os.Stat(b.binary(minimal))
	if err != nil {
		return err
	}
	larger := own.Size() - least.Size()
	fmt.Printf("\nThe stripped binary has %.1f MB, %.1f MB more than the minimal provider (bound: %.0f).\n",
		float64(own.Size())/1e6, float64(larger)/1e6, float64(maxLarger)/1e6)
	if larger > maxLarger {
		return errors.New("the binary is too large")
	}
	return nil
}

package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// output calls seen with what was written so far.
type output struct {
	bytes.Buffer
	seen func(sofar string)
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.Buffer.Write(p)
	o.seen(o.String())
	return n, err
}

func TestDemo(t *testing.T) {
	work := filepath.Join(t.TempDir(), "work")
	out := &output{seen: func(string) {}}
	if err := run(t.Context(), work, out); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	requireNothingLeft(t, work, out.String())
}

func TestInterruptedDemo(t *testing.T) {
	for _, moment := range []string{"Building the provider", " plan\n", "Reading..."} {
		t.Run(moment, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			work := filepath.Join(t.TempDir(), "work")
			out := &output{seen: func(sofar string) {
				if strings.Contains(sofar, moment) {
					cancel()
				}
			}}
			if err := run(ctx, work, out); ctx.Err() == nil || err == nil {
				t.Errorf("the demo was not interrupted, or went on to its end (%v):\n%s", err, out)
			}
			requireNothingLeft(t, work, out.String())
		})
	}
}

func requireNothingLeft(t *testing.T, work, printed string) {
	t.Helper()
	if _, err := os.Stat(work); !os.IsNotExist(err) {
		t.Errorf("%s is still there (%v)", work, err)
	}
	if address := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(printed); address != "" {
		if connection, err := net.Dial("tcp", address); err == nil {
			connection.Close()
			t.Errorf("%s is still served", address)
		}
	}
}

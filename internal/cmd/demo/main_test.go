package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"
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
	work := filepath.Join(ownTemp(t), "work")
	out := &output{seen: func(string) {}}
	if err := run(t.Context(), work, out, t.Output()); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, requests, _ := strings.Cut(out.String(), "and no others:\n\n")
	if !strings.HasPrefix(requests, "  POST /oauth2/token\n") ||
		!strings.Contains(requests, "  GET …/buckets/hardened-ubuntu-16-04/channels/production-stable\n") {
		t.Errorf("it lists the requests:\n%s", requests)
	}
	for line := range strings.Lines(requests) {
		if utf8.RuneCountInString(line) > 80 {
			t.Errorf("%q is too long for a line", line)
		}
	}
	requireNothingLeft(t, out.String())
}

func TestInterruptedDemo(t *testing.T) {
	for _, moment := range []string{"Building the provider", " plan\n", "Reading..."} {
		t.Run(moment, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			work := filepath.Join(ownTemp(t), "work")
			out := &output{seen: func(sofar string) {
				if strings.Contains(sofar, moment) {
					cancel()
				}
			}}
			err := run(ctx, work, out, t.Output())
			if !strings.Contains(out.String(), moment) {
				t.Skipf("this Terraform does not say %q; Terraform 1.0 does not", moment)
			}
			if ctx.Err() == nil || err == nil {
				t.Errorf("the demo was not interrupted, or went on to its end (%v):\n%s", err, out)
			}
			requireNothingLeft(t, out.String())
		})
	}
}

func TestInterruptedBuild(t *testing.T) {
	moments := map[string]func(temp string) bool{
		"at its start": func(temp string) bool {
			outside, _ := filepath.Glob(filepath.Join(temp, "go-build*"))
			inside, _ := filepath.Glob(filepath.Join(temp, "work", "go-build*"))
			return len(outside)+len(inside) > 0
		},
	}
	if runtime.GOOS == "linux" {
		moments["while it links"] = func(temp string) bool {
			return slices.ContainsFunc(processesIn(temp), func(arguments string) bool {
				program, _, _ := strings.Cut(arguments, "\x00")
				return filepath.Base(program) == "link"
			})
		}
	}
	for name, hasCome := range moments {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			temp := ownTemp(t)
			go func() {
				for ctx.Err() == nil && !hasCome(temp) {
					runtime.Gosched()
				}
				cancel()
			}()
			out := &output{seen: func(string) {}}
			if err := run(ctx, filepath.Join(temp, "work"), out, t.Output()); !errors.Is(err, context.Canceled) {
				t.Errorf("the demo was not interrupted, but ended with %v:\n%s", err, out)
			}
			requireNothingLeft(t, out.String())
		})
	}
}

// pipe is one that nobody reads from any more once it has passed text on.
type pipe struct {
	bytes.Buffer
	text string
}

func (p *pipe) Write(b []byte) (int, error) {
	if strings.Contains(p.String(), p.text) {
		return 0, syscall.EPIPE
	}
	return p.Buffer.Write(b)
}

func TestNobodyWatches(t *testing.T) {
	work := filepath.Join(ownTemp(t), "work")
	out := &pipe{text: "Changes to Outputs"}
	if err := run(t.Context(), work, out, t.Output()); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("got %v, want it to end because nobody watches:\n%s", err, out)
	}
	requireNothingLeft(t, out.String())
}

// What is in a directory that the user names must not go with it.
func TestWorkDir(t *testing.T) {
	taken := t.TempDir()
	file := filepath.Join(taken, "precious")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		"":    "run make demo",
		taken: "holds precious",
		file:  "not a directory",
	} {
		if err := run(t.Context(), dir, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", dir, err, want)
		}
	}
	if _, err := os.Stat(file); err != nil {
		t.Errorf("it removed what it refused to use: %v", err)
	}

	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	withSelf := t.TempDir()
	if err := os.Symlink(self, filepath.Join(withSelf, "demo")); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{t.TempDir(), withSelf, filepath.Join(t.TempDir(), "new")} {
		if got, err := workDir(dir); err != nil || got != dir {
			t.Errorf("got %s, %v; want %s", got, err, dir)
		}
	}
}

// ownTemp makes an empty TMPDIR.
func ownTemp(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	return dir
}

// requireNothingLeft looks into the TMPDIR, at the processes that were started
// in it, and at the port that was printed.
func requireNothingLeft(t *testing.T, printed string) {
	t.Helper()
	temp := os.Getenv("TMPDIR")
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("%v are still there (%v)", left, err)
	}
	for range 20 { // What was interrupted may take a moment to be gone.
		if len(processesIn(temp)) == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond) //nolint:forbidigo // nobody tells when processes of others are gone
	}
	if left := processesIn(temp); len(left) > 0 {
		t.Errorf("these processes still run: %q", left)
	}
	if address := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(printed); address != "" {
		if connection, err := net.Dial("tcp", address); err == nil {
			connection.Close()
			t.Errorf("%s is still served", address)
		}
	}
}

// processesIn lists the processes that run in a directory or are told of it. It
// finds none but on Linux.
func processesIn(dir string) []string {
	var found []string
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range processes {
		arguments, _ := os.ReadFile(filepath.Join(process, "cmdline"))
		directory, _ := os.Readlink(filepath.Join(process, "cwd"))
		if strings.Contains(string(arguments), dir) || strings.HasPrefix(directory, dir) {
			found = append(found, string(arguments))
		}
	}
	return found
}

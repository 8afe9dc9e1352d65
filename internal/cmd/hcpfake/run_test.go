package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/config"
	"github.com/hashicorp/hcp-sdk-go/httpclient"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

// roleVariable makes the test binary run as the command or as a client of it.
const roleVariable = "HCPFAKE_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "command":
		main()
	case "client":
		if err := client(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
	default:
		os.Exit(m.Run())
	}
}

// client is configured only by environment variables, as other clients of HCP can
// be. It prints the version of the channel production-stable.
func client() error {
	cfg, err := config.NewHCPConfig(config.FromEnv(), config.WithoutBrowserLogin())
	if err != nil {
		return err
	}
	rt, err := httpclient.New(httpclient.Config{HCPConfig: cfg})
	if err != nil {
		return err
	}
	got, err := packer_service.New(rt, nil).PackerServiceGetChannel(packer_service.NewPackerServiceGetChannelParams().
		WithLocationOrganizationID(cfg.Profile().OrganizationID).WithLocationProjectID(cfg.Profile().ProjectID).
		WithBucketName("hardened-ubuntu-16-04").WithChannelName("production-stable"), nil)
	if err != nil {
		return err
	}
	fmt.Println(got.Payload.Channel.Version.Name)
	return nil
}

// names contains the variables that the command prints, in order.
var names = slices.Sorted(slices.Values(slices.AppendSeq(
	[]string{"HCP_CLIENT_ID", "HCP_CLIENT_SECRET", "HCP_ORGANIZATION_ID", "HCP_PROJECT_ID", "SSL_CERT_FILE"},
	maps.Keys(new(hcpfake.Endpoint).Env()))))

var export = regexp.MustCompile(`^export ([A-Z_]+)='([^']*)'$`)

// readEnv reads the variables that the command prints.
func readEnv(t *testing.T, r io.Reader) []string {
	t.Helper()
	var env []string
	lines := bufio.NewScanner(r)
	for _, name := range names {
		if !lines.Scan() {
			t.Fatalf("the output ended before %s: %v", name, lines.Err())
		}
		m := export.FindStringSubmatch(lines.Text())
		if m == nil || m[1] != name {
			t.Fatalf("got the line %q, want one for %s", lines.Text(), name)
		}
		env = append(env, m[1]+"="+m[2])
	}
	return env
}

func value(env []string, name string) string {
	for _, v := range env {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

// buffer is a bytes.Buffer that is safe for concurrent use.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// anyPort lets tests run at once, and beside an emulator.
const anyPort = "-addr=127.0.0.1:0"

func TestRun(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	stop, env, stderr, stdout := start(t, anyPort)

	ca := value(env, "SSL_CERT_FILE")
	if pem, err := os.ReadFile(ca); err != nil || !bytes.HasPrefix(pem, []byte("-----BEGIN CERTIFICATE-----")) {
		t.Errorf("the CA is %q, %v", pem, err)
	}
	dir, err := os.Stat(filepath.Dir(ca))
	if err != nil {
		t.Fatal(err)
	}
	if dir.Mode().Perm() != 0o700 && runtime.GOOS != "windows" {
		t.Errorf("the directory has mode %v, want 0700", dir.Mode())
	}
	file, err := os.Open(filepath.Join(filepath.Dir(ca), "hcpfake.env"))
	if err != nil {
		t.Fatal(err)
	}
	if written := readEnv(t, file); !slices.Equal(written, env) {
		t.Errorf("the file has the variables %q, want %q", written, env)
	}
	file.Close()
	stop()
	if rest, _ := io.ReadAll(stdout); len(rest) > 0 {
		t.Errorf("it printed %q after the variables", rest)
	}
	requireEmpty(t, os.Getenv("TMPDIR"))
	if want := listening(env); stderr.String() != want {
		t.Errorf("it logged %q, want %q", stderr.String(), want)
	}
}

// start runs the command in this process until stop is called.
func start(t *testing.T, args ...string) (stop func(), env []string, stderr *buffer, stdout io.Reader) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	stderr = new(buffer)
	stdout, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, args, w, stderr)
		w.CloseWithError(err)
		ended <- err
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run returned %v", err)
		}
	})
	t.Cleanup(stop)
	return stop, readEnv(t, stdout), stderr, stdout
}

// listening returns the command's first log message.
func listening(env []string) string {
	return fmt.Sprintf(next, value(env, "HCP_AUTH_URL"), shellQuote(filepath.Join(filepath.Dir(value(env, "SSL_CERT_FILE")), "hcpfake.env")))
}

// Clients that trust one start, or have cached its token, work with the next one.
func TestDir(t *testing.T) {
	skipOnMacAndWindows(t)
	t.Setenv("TMPDIR", t.TempDir())
	dir, home := filepath.Join(t.TempDir(), "a new one"), t.TempDir()
	stop, first, _, _ := start(t, anyPort, "-dir", dir)
	requireEmpty(t, os.Getenv("TMPDIR"))
	requireV7(t, first, home)
	stop()
	// The port is free, because it was just used.
	stop, second, stderr, _ := start(t, "-addr="+value(first, "HCP_API_ADDRESS"), "-dir", dir)
	if !slices.Equal(second, first) {
		t.Errorf("got the variables %q, want %q", second, first)
	}
	requireV7(t, first, home)
	stop()
	if strings.Contains(stderr.String(), "/oauth2/token") {
		t.Errorf("the client did not use its cached token: %s", stderr)
	}

	// A shell can read the file.
	out, err := exec.CommandContext(t.Context(), "sh", "-c", `. "$0/hcpfake.env"; printf %s "$SSL_CERT_FILE"`, dir).Output()
	if err != nil || string(out) != filepath.Join(dir, hcpfake.CAFile) {
		t.Errorf("the shell printed %s, %v", out, err)
	}
}

// What the emulator contains can be recorded, and served by another one.
func TestRecord(t *testing.T) {
	stop, env, _, _ := start(t, anyPort)
	recorded := fetch(t, env, "/_hcpfake/seed")
	stop()
	file := filepath.Join(t.TempDir(), "registry.json")
	if err := os.WriteFile(file, recorded, 0o600); err != nil {
		t.Fatal(err)
	}
	stop, env, _, _ = start(t, anyPort, "-seed", file)
	defer stop()
	if again := fetch(t, env, "/_hcpfake/seed"); !bytes.Equal(again, recorded) {
		t.Errorf("the emulator contains\n%s\nwant\n%s", again, recorded)
	}
	if runtime.GOOS == "linux" {
		requireV7(t, env, t.TempDir())
	}
}

// fetch reads from the emulator, and requires success.
func fetch(t *testing.T, env []string, path string) []byte {
	t.Helper()
	ca, err := os.ReadFile(value(env, "SSL_CERT_FILE"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	defer client.CloseIdleConnections()
	resp, err := client.Get(value(env, "HCP_AUTH_URL") + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s %v", path, resp.Status, body, err)
	}
	return body
}

func TestAddressInUse(t *testing.T) {
	stop, env, _, _ := start(t, anyPort)
	defer stop()
	err := run(t.Context(), []string{"-addr", value(env, "HCP_API_ADDRESS")}, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "address already in use; another emulator may be running") {
		t.Errorf("got %v", err)
	}
}

// A command runs in the environment of clients and decides the exit status.
func TestCommand(t *testing.T) {
	skipOnMacAndWindows(t)
	for _, c := range []struct {
		secret, stdout string
		code           int
	}{
		{"", "v7\n", 0},
		{"export HCP_CLIENT_SECRET=wrong; ", "", 3},
	} {
		temp := t.TempDir()
		command := self(t, temp, "sh", "-c", c.secret+roleVariable+`=client exec "$0"`, os.Args[0])
		command.Env = append(command.Env, "HOME="+t.TempDir(), "HCP_CLIENT_SECRET=replaced")
		var stderr buffer
		command.Stderr = &stderr
		out, err := command.Output()
		if string(out) != c.stdout || command.ProcessState.ExitCode() != c.code {
			t.Errorf("it printed %q and ended with %v, want %q and %d", out, err, c.stdout, c.code)
		}
		if strings.Contains(stderr.String(), "hcpfake:") || strings.Contains(stderr.String(), "POST") {
			t.Errorf("the emulator logged %q", stderr.String())
		}
		requireEmpty(t, temp)
	}
	command := self(t, t.TempDir(), "sh", "-c", "kill -KILL $$")
	if out, _ := command.CombinedOutput(); len(out) > 0 || command.ProcessState.ExitCode() != 128+9 {
		t.Errorf("of a killed command, it printed %q and ended with %d", out, command.ProcessState.ExitCode())
	}
	command = self(t, t.TempDir(), "/nonexistent")
	out, _ := command.CombinedOutput()
	if want := "hcpfake: fork/exec /nonexistent: no such file or directory\n"; string(out) != want || command.ProcessState.ExitCode() != 1 {
		t.Errorf("it printed %q, want %q", out, want)
	}
}

// The terminal interrupts the command too, so the emulator only waits for it. It
// passes on other signals.
func TestCommandSignals(t *testing.T) {
	skipOnMacAndWindows(t)
	for sig, want := range map[os.Signal]string{os.Interrupt: "ready\nend of input\n", syscall.SIGTERM: "ready\nterminated\n"} {
		t.Run(sig.String(), func(t *testing.T) {
			temp := t.TempDir()
			command := self(t, temp, "sh", "-c", `trap "echo terminated; exit 5" TERM; echo ready; read line; echo end of input; exit 5`)
			var stdout buffer
			ready := make(chan struct{})
			command.Stdout = io.MultiWriter(&stdout, onWrite(sync.OnceFunc(func() { close(ready) })))
			stdin, err := command.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			<-ready
			if err := command.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if sig == os.Interrupt {
				stdin.Close()
			}
			if err := command.Wait(); command.ProcessState.ExitCode() != 5 || stdout.String() != want {
				t.Errorf("it ended with %v and printed %q, want %q", err, stdout.String(), want)
			}
			requireEmpty(t, temp)
		})
	}
}

func TestCommandEndToEnd(t *testing.T) {
	skipOnMacAndWindows(t)
	for _, sig := range []os.Signal{syscall.SIGTERM, os.Interrupt, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			if sig == syscall.SIGHUP && signal.Ignored(sig) {
				t.Skip("SIGHUP is ignored, as under nohup")
			}
			temp := t.TempDir()
			command := self(t, temp, anyPort)
			var stderr buffer
			command.Stderr = &stderr
			stdout, err := command.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			env := readEnv(t, stdout)
			requireV7(t, env, t.TempDir())
			if err := command.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if err := command.Wait(); err != nil {
				t.Errorf("the command ended with %v", err)
			}
			want := listening(env) + "POST /oauth2/token 200\nGET /packer/2023-01-01/organizations/" + value(env, "HCP_ORGANIZATION_ID") +
				"/projects/" + value(env, "HCP_PROJECT_ID") + "/buckets/hardened-ubuntu-16-04/channels/production-stable 200\n"
			if stderr.String() != want {
				t.Errorf("it logged %q, want %q", stderr.String(), want)
			}
			requireEmpty(t, temp)
		})
	}
}

func skipOnMacAndWindows(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("Go ignores SSL_CERT_FILE, or processes cannot handle signals, on " + runtime.GOOS)
	}
}

// self returns the command, to run in its own process. It is killed after a
// minute.
func self(t *testing.T, temp string, args ...string) *exec.Cmd {
	t.Helper()
	file, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	command := exec.CommandContext(ctx, file, args...)
	command.Env = append(os.Environ(), roleVariable+"=command", "TMPDIR="+temp)
	return command
}

func requireV7(t *testing.T, env []string, home string) {
	t.Helper()
	user := self(t, "")
	user.Env = slices.Concat(env, []string{roleVariable + "=client", "HOME=" + home})
	if out, err := user.Output(); err != nil || string(out) != "v7\n" {
		t.Errorf("the client printed %q, %v; want v7", out, err)
	}
}

func requireEmpty(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
}

// Under nohup, the command must outlive its terminal.
func TestNohup(t *testing.T) {
	skipOnMacAndWindows(t)
	command := self(t, t.TempDir())
	command.Args = []string{"sh", "-c", `trap "" HUP; exec "$0" "$1"`, command.Path, anyPort}
	var err error
	if command.Path, err = exec.LookPath("sh"); err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	env := readEnv(t, stdout)
	if err := command.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	requireV7(t, env, t.TempDir())
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestSignalWhileReadingSeed(t *testing.T) {
	skipOnMacAndWindows(t)
	for _, sig := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		t.Run(sig.String(), func(t *testing.T) {
			temp := t.TempDir()
			command := self(t, temp, anyPort, "-seed", "/dev/stdin")
			var stderr buffer
			command.Stderr = &stderr
			stdin, err := command.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			// This exceeds the pipe's capacity, so it returns once the command
			// is reading.
			if _, err := stdin.Write(bytes.Repeat([]byte(" "), 1<<20)); err != nil {
				t.Fatal(err)
			}
			if err := command.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			err = command.Wait()
			if want := "hcpfake: interrupted while reading /dev/stdin\n"; command.ProcessState.ExitCode() != 1 || stderr.String() != want {
				t.Errorf("it ended with %v and logged %q, want %q", err, stderr.String(), want)
			}
			requireEmpty(t, temp)
		})
	}
}

func TestClosedPipe(t *testing.T) {
	skipOnMacAndWindows(t)
	closed := func(t *testing.T) *os.File {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		t.Cleanup(func() { w.Close() })
		return w
	}
	t.Run("stdout", func(t *testing.T) {
		temp := t.TempDir()
		command := self(t, temp, anyPort)
		command.Stdout = closed(t)
		var stderr buffer
		command.Stderr = &stderr
		if err := command.Run(); command.ProcessState.ExitCode() != 1 || !strings.Contains(stderr.String(), "broken pipe") {
			t.Errorf("it ended with %v and logged %q", err, stderr.String())
		}
		requireEmpty(t, temp)
	})
	t.Run("stderr", func(t *testing.T) {
		temp := t.TempDir()
		command := self(t, temp, anyPort)
		command.Stderr = closed(t)
		stdout, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		requireV7(t, readEnv(t, stdout), t.TempDir())
		if err := command.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := command.Wait(); err != nil {
			t.Errorf("it ended with %v", err)
		}
		requireEmpty(t, temp)
	})
}

// onWrite calls itself on every write. A test uses it to stop the server as soon
// as it logs that it is listening.
type onWrite func()

func (f onWrite) Write(p []byte) (int, error) {
	f()
	return len(p), nil
}

func TestSeedFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "seed.json")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"clients":[{"client_id":"it's","client_secret":"s","project_id":"p2"}],
		"organizations":[{"id":"o","projects":[{"id":"p1"},{"id":"p2"}]}]}`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stdout bytes.Buffer
	if err := run(ctx, []string{anyPort, "-seed", file}, &stdout, onWrite(cancel)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`export HCP_CLIENT_ID='it'\''s'` + "\n",
		"export HCP_ORGANIZATION_ID='o'\n",
		"export HCP_PROJECT_ID='p2'\n",
	} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("%s has no line %s", stdout.String(), want)
		}
	}

	for text, want := range map[string]string{
		`{"client":[]}`:        file + ": reading the seed: client: unknown field",
		`{"organizations":[]}`: "the seed has no clients",
		`{"clients":[{"client_id":"c","client_secret":"s"}],"organizations":[{"id":"o"}]}`: "the seed has no project",
	} {
		write(text)
		if err := run(t.Context(), []string{anyPort, "-seed", file}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

// Clients find a server at the same address after each start. Commands can run at
// the same time, and beside a server.
func TestAddress(t *testing.T) {
	for want, args := range map[string][]string{
		"127.0.0.1:4277": nil,
		"127.0.0.1:0":    {"terraform", "plan"},
		"127.0.0.1:1234": {"-addr", "127.0.0.1:1234", "terraform", "plan"},
	} {
		if opts, err := parse(args); opts.addr != want || err != nil {
			t.Errorf("%q listens on %s, %v; want %s", args, opts.addr, err, want)
		}
	}
}

func TestArguments(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-seed", "/nonexistent"}, "/nonexistent"},
		{[]string{"-seeds", "x"}, "flag provided but not defined: -seeds; see hcpfake -h"},
		{[]string{"-addr", "0.0.0.0:4277"}, "-addr 0.0.0.0:4277: the emulator listens only on 127.0.0.1"},
		{[]string{"-addr", ":4277"}, "-addr :4277: the emulator listens only on 127.0.0.1"},
		{[]string{"-addr", "example.com:4277"}, "-addr example.com:4277: the emulator listens only on 127.0.0.1"},
		{[]string{"-addr", "4277"}, "-addr: address 4277: missing port in address; want an address such as 127.0.0.1:4277"},
		{[]string{"-addr", "localhost:65536"}, "-addr localhost:65536: the port must be a number from 0 to 65535"},
		{[]string{"-addr", "localhost:https"}, "-addr localhost:https: the port must be a number from 0 to 65535"},
		{[]string{anyPort, "-dir", os.DevNull}, os.DevNull},
	} {
		var stdout, stderr bytes.Buffer
		err := run(t.Context(), c.args, &stdout, &stderr)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %q", c.args, err, c.want)
		}
		if stdout.Len() > 0 || stderr.Len() > 0 {
			t.Errorf("%q: it printed %q and %q", c.args, stdout.String(), stderr.String())
		}
	}
	for _, help := range []string{"-h", "--help"} {
		var stdout, stderr bytes.Buffer
		if err := run(t.Context(), []string{help}, &stdout, &stderr); err != nil {
			t.Errorf("%s: %v", help, err)
		}
		if stdout.String() != usage || stderr.Len() > 0 {
			t.Errorf("%s: it printed %q and %q", help, stdout.String(), stderr.String())
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestOutputError(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	if err := run(t.Context(), []string{anyPort}, brokenPipe{}, io.Discard); err == nil || !strings.Contains(err.Error(), "broken pipe") {
		t.Errorf("got %v, want the writer's error", err)
	}
	requireEmpty(t, os.Getenv("TMPDIR"))
}

func TestShellQuote(t *testing.T) {
	for in, want := range map[string]string{
		"":           `''`,
		"plain":      `'plain'`,
		"it's $HOME": `'it'\''s $HOME'`,
		"a\nb`c`":    "'a\nb`c`'",
	} {
		if got := shellQuote(in); got != want {
			t.Errorf("%q is quoted as %s, want %s", in, got, want)
		}
	}
}

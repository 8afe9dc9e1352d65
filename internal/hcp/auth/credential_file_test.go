package auth

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	testResource = "iam/project/7b1e2d3c-4f5a-4b6c-8d7e-9f0a1b2c3d4e/service-principal/ci/workload-identity-provider/github"
	keyFile      = `{"scheme": "service_principal_creds", "oauth": {"client_id": "id", "client_secret": "hush"}}`
	workloadFile = `{"scheme": "workload", "workload": {"provider_resource_name": "` + testResource + `", "token": {"token": "hush"}}}`
	loginCache   = `{"login": {"access_token": "hush"}}`
)

func writeFile(t *testing.T, dir, name, content string) string {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(content), 0o600)); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCredentialFile(t *testing.T) {
	dir := t.TempDir()
	key, err := CredentialFile("here", writeFile(t, dir, "key", keyFile))
	if err != nil || key != (Credentials{"here", servicePrincipal{"id", "hush"}}) {
		t.Errorf("got %+v, %v", key, err)
	}
	identity, err := CredentialFile("here", writeFile(t, dir, "workload", workloadFile))
	if err != nil || identity.origin != "here" || identity.source.(workloadIdentity).config.Token.Token != "hush" {
		t.Errorf("got %+v, %v", identity, err)
	}
	for name, tc := range map[string]struct{ content, says string }{
		"empty":             {``, "not JSON"},
		"null":              {`null`, "scheme"},
		"cut off":           {keyFile[:60], "not JSON"},
		"list":              {`["hush"]`, "a JSON array, not an object"},
		"wrong type":        {`{"scheme": "workload", "oauth": {"client_secret": ["hush"]}}`, "a JSON array as oauth.client_secret"},
		"no scheme":         {`{"oauth": {"client_id": "id", "client_secret": "hush"}}`, "scheme"},
		"half a key":        {`{"scheme": "service_principal_creds", "oauth": {"client_secret": "hush"}}`, "client_id"},
		"no key":            {`{"scheme": "service_principal_creds"}`, "oauth"},
		"no workload":       {`{"scheme": "workload"}`, "workload"},
		"odd resource":      {strings.Replace(workloadFile, "iam/project", "iam/..", 1), "is not of the form"},
		"no token":          {strings.Replace(workloadFile, `{"token": "hush"}`, `{}`, 1), "credential source"},
		"malformed URL":     {strings.Replace(workloadFile, `"token": {"token": "hush"}`, `"url": {"url": "http://user:hush%zz@host/"}`, 1), "credential source"},
		"line break in URL": {strings.Replace(workloadFile, `"token": {"token": "hush"}`, `"url": {"url": "http://host/hush\n"}`, 1), "credential source"},
		"bad query in URL":  {strings.Replace(workloadFile, `"token": {"token": "hush"}`, `"url": {"url": "http://host/?hush=%zz\u007f"}`, 1), "credential source"},
		"odd pointer":       {strings.Replace(workloadFile, `"token": {"token": "hush"}`, `"url": {"url": "http://host/", "format_type": "json", "subject_cred_pointer": "hush"}`, 1), "credential source"},
		"no source at all":  {strings.Replace(workloadFile, `, "token": {"token": "hush"}`, ``, 1), "credential source"},
	} {
		t.Run(name, func(t *testing.T) {
			file := writeFile(t, dir, "bad", tc.content)
			got, err := CredentialFile("here", file)
			if err == nil || !strings.Contains(err.Error(), tc.says) || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "hush") {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	if _, err := CredentialFile("here", filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestCredentialFileWithByteOrderMark(t *testing.T) {
	if _, err := CredentialFile("here", writeFile(t, t.TempDir(), "key", "\xef\xbb\xbf"+keyFile)); err != nil {
		t.Error(err)
	}
}

// What is no file could keep the read waiting, or have no end.
func TestOnlyRegularFilesAreRead(t *testing.T) {
	dir := t.TempDir()
	paths := []string{dir, os.DevNull}
	if fifo := filepath.Join(dir, "fifo"); exec.Command("mkfifo", fifo).Run() == nil {
		paths = append(paths, fifo)
	}
	if pagemap := "/proc/self/pagemap"; fileExists(pagemap) { // claims to be empty, and is practically endless
		paths = append(paths, pagemap)
	}
	large := writeFile(t, dir, "large", strings.Repeat(" ", maxFile+1))
	for _, path := range append(paths, large) {
		if _, err := CredentialFile("here", path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s as a credential file: %v", path, err)
		}
		if _, err := readFile(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s as a token file: %v", path, err)
		}
		if _, err := readLogin(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s as a token cache: %v", path, err)
		}
	}
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestNoHome(t *testing.T) {
	for _, home := range []string{os.DevNull, filepath.Join(t.TempDir(), "missing")} {
		if got, err := DefaultCredentials(home); err != nil || got != (Credentials{}) {
			t.Errorf("%s: got %+v, %v", home, got, err)
		}
	}
}

func TestDefaultCredentials(t *testing.T) {
	home := t.TempDir()
	requireHome := func(what string, holds func(Credentials) bool) {
		t.Helper()
		if got, err := DefaultCredentials(home); err != nil || !holds(got) {
			t.Errorf("%s: got %+v, %v", what, got, err)
		}
	}
	requireHome("nothing", func(c Credentials) bool { return c == Credentials{} })
	cache := writeFile(t, home, ".config/hcp/creds-cache.json", `{"service-principals": {}}`)
	requireHome("cache without a session", func(c Credentials) bool { return c == Credentials{} })
	writeFile(t, home, ".config/hcp/creds-cache.json", `{"login":`)
	requireHome("cache that cannot be used, which the first read tells", func(c Credentials) bool { return c.source == cachedLogin(cache) })
	writeFile(t, home, ".config/hcp/creds-cache.json", loginCache)
	requireHome("session", func(c Credentials) bool { return c == Credentials{"the session of hcp auth login", cachedLogin(cache)} })
	file := writeFile(t, home, ".config/hcp/cred_file.json", keyFile)
	requireHome("file", func(c Credentials) bool { return c == Credentials{file, servicePrincipal{"id", "hush"}} })
	writeFile(t, home, ".config/hcp/cred_file.json", "{}")
	if _, err := DefaultCredentials(home); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("malformed file: got %v", err)
	}
}

// Where the content of a file is given instead of its path, it is not shown.
func TestContentInsteadOfPath(t *testing.T) {
	const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJodXNoIn0.c2lnbmF0dXJl"
	for _, content := range []string{keyFile, strings.ReplaceAll(keyFile, "{", "{\n"), jwt, strings.Repeat("hush/", 1000)} {
		_, fileErr := CredentialFile("here", content)
		_, tokenErr := workloadIdentity{WorkloadTokenFile("here", testResource, content).source.(workloadIdentity).config}.prove(t.Context(), Config{})
		for _, err := range []error{fileErr, tokenErr} {
			if err == nil || !strings.Contains(err.Error(), "a path is required") || strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "eyJ") {
				t.Errorf("got %v", err)
			}
		}
	}
	for _, path := range []string{"token.jwt", "a.b.c", "/var/run/secrets/tokens/hcp.v1.jwt"} {
		if isContent(path) {
			t.Errorf("%s is not taken for a path", path)
		}
	}
	if err := CheckResourceName(jwt); err == nil || strings.Contains(err.Error(), "eyJ") {
		t.Errorf("got %v", err)
	}
}

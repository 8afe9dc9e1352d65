package hcpfake

import (
	"encoding/json"
	"testing"
)

func TestDropZeroTimes(t *testing.T) {
	const zero = `"0001-01-01T00:00:00.000Z"`
	for name, c := range map[string]struct{ data, want string }{
		"none":              {`{"id":"x"}`, `{"id":"x"}`},
		"first":             {`{"at":` + zero + `,"id":"x"}`, `{"id":"x"}`},
		"middle":            {`{"a":1,"revoke_at":` + zero + `,"id":"x"}`, `{"a":1,"id":"x"}`},
		"last":              {`{"id":"x","updated_at":` + zero + `}`, `{"id":"x"}`},
		"only":              {`{"at":` + zero + `}`, `{}`},
		"all":               {`{"created_at":` + zero + `,"updated_at":` + zero + `}`, `{}`},
		"first and last":    {`{"created_at":` + zero + `,"id":"x","updated_at":` + zero + `}`, `{"id":"x"}`},
		"nested":            {`{"a":[{"at":` + zero + `},{"id":1,"at":` + zero + `}],"at":` + zero + `}`, `{"a":[{},{"id":1}]}`},
		"other time":        {`{"at":"0001-01-01T00:00:00.001Z"}`, `{"at":"0001-01-01T00:00:00.001Z"}`},
		"label":             {`{"labels":{"built_at":` + zero + `,"":` + zero + `}}`, `{"labels":{"built_at":` + zero + `,"":` + zero + `}}`},
		"label with quotes": {`{"a\"created_at":` + zero + `,"\\\"at":` + zero + `}`, `{"a\"created_at":` + zero + `,"\\\"at":` + zero + `}`},
		"text":              {`{"message":"{\"at\":\"0001-01-01T00:00:00.000Z\"}"}`, `{"message":"{\"at\":\"0001-01-01T00:00:00.000Z\"}"}`},
		"element":           {`["at",` + zero + `]`, `["at",` + zero + `]`},
	} {
		t.Run(name, func(t *testing.T) {
			if !json.Valid([]byte(c.data)) || !json.Valid([]byte(c.want)) {
				t.Fatal("the test case is not valid JSON")
			}
			if got := string(dropZeroTimes([]byte(c.data))); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestEnv(t *testing.T) {
	e := &Endpoint{Addr: "127.0.0.1:1"}
	for goos, want := range map[string]string{"linux": "", "freebsd": "", "darwin": "insecure", "ios": "insecure", "windows": "insecure"} {
		env := e.env(goos)
		if env["HCP_API_TLS"] != want || env["HCP_AUTH_TLS"] != want {
			t.Errorf("%s: got %v, want the TLS variables to be %q", goos, env, want)
		}
	}
}

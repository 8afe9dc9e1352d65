package provider

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// The guide has a section for every diagnostic, and for no other.
func TestTroubleshootingGuide(t *testing.T) {
	guide, err := os.ReadFile("../../docs/guides/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	var sections []string
	for _, heading := range regexp.MustCompile(`(?m)^### (.+)$`).FindAllSubmatch(guide, -1) {
		sections = append(sections, string(heading[1]))
	}
	summaries := append(summariesInSource(t), "Null Map Value") // the last is the framework's
	for _, summary := range summaries {
		if !slices.Contains(sections, summary) {
			t.Errorf("the guide has no section %q", summary)
		}
	}
	for i, section := range sections {
		if !slices.Contains(summaries, section) {
			t.Errorf("there is no diagnostic %q", section)
		}
		if slices.Contains(sections[:i], section) {
			t.Errorf("the guide has two sections %q", section)
		}
	}
}

// summariesInSource returns the summaries of all diagnostics that this package makes,
// without what they concern, which follows a colon.
func summariesInSource(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var (
		parsed    []*ast.File
		constants = make(map[string]ast.Expr)
		arguments = map[string]int{ // the positions of the summary in calls
			"NewErrorDiagnostic": 0, "NewWarningDiagnostic": 0, "AddError": 0, "AddWarning": 0,
			"NewAttributeErrorDiagnostic": 1, "NewAttributeWarningDiagnostic": 1, "AddAttributeError": 1, "AddAttributeWarning": 1,
		}
		summaries []string
		positions = token.NewFileSet()
	)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		syntax, err := parser.ParseFile(positions, file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, syntax)
		ast.Inspect(syntax, func(node ast.Node) bool {
			switch n := node.(type) {
			case *ast.ValueSpec:
				for i := range n.Values {
					constants[n.Names[i].Name] = n.Values[i]
				}
			case *ast.FuncDecl:
				if i := parameter(n, "summary"); i >= 0 {
					arguments[n.Name.Name] = i
				}
			}
			return true
		})
	}
	add := func(expr ast.Expr) {
		if sum, ok := expr.(*ast.BinaryExpr); ok {
			for ok {
				expr = sum.X
				sum, ok = expr.(*ast.BinaryExpr)
			}
		}
		if name, ok := expr.(*ast.Ident); ok && constants[name.Name] != nil {
			expr = constants[name.Name]
		}
		switch e := expr.(type) {
		case *ast.BasicLit:
			summary, err := strconv.Unquote(e.Value)
			if err != nil {
				t.Fatal(err)
			}
			summaries = append(summaries, strings.TrimSuffix(summary, ": "))
		case *ast.SelectorExpr: // a field, which is looked for where it is set
			if e.Sel.Name != "summary" {
				t.Errorf("%s: the summary is a field with another name", positions.Position(e.Pos()))
			}
		case *ast.Ident: // a parameter, which is looked for in calls
			if e.Name != "summary" {
				t.Errorf("%s: the summary is a parameter with another name", positions.Position(e.Pos()))
			}
		default:
			t.Errorf("%s: the summary cannot be found in the source", positions.Position(expr.Pos()))
		}
	}
	for _, file := range parsed {
		ast.Inspect(file, func(node ast.Node) bool {
			switch n := node.(type) {
			case *ast.CallExpr:
				name := ""
				switch function := n.Fun.(type) {
				case *ast.Ident:
					name = function.Name
				case *ast.SelectorExpr:
					name = function.Sel.Name
				}
				if i, ok := arguments[name]; ok {
					add(n.Args[i])
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "summary" {
					add(n.Value)
				}
			}
			return true
		})
	}
	if len(summaries) < len(failureTexts) {
		t.Fatalf("only %d diagnostics were found", len(summaries))
	}
	return summaries
}

// parameter returns the position of the function's parameter with this name, or -1.
func parameter(function *ast.FuncDecl, name string) int {
	i := 0
	for _, field := range function.Type.Params.List {
		for _, parameter := range field.Names {
			if parameter.Name == name {
				return i
			}
			i++
		}
	}
	return -1
}

func TestAnchor(t *testing.T) {
	for heading, want := range map[string]string{
		"Image Iteration Is Revoked":       "image-iteration-is-revoked",
		"HCP's Certificate Is Not Trusted": "hcps-certificate-is-not-trusted",
		"A-b_c (1.0)":                      "a-b_c-10",
	} {
		if got := anchor(heading); got != want {
			t.Errorf("%s: got %s, want %s", heading, got, want)
		}
	}
}

// Errors and warnings of a read end with a link, those of encoding the state too.
func TestReadDiagnosticsEndWithLinks(t *testing.T) {
	valid, err := encode(map[string]any{"set": "a"})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server{stubServer{computed: valid}}.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{})
	if err != nil || len(resp.Diagnostics) != 2 {
		t.Fatalf("got %v, %v", resp, err)
	}
	for i, want := range []string{"#beware", "#internal-provider-error"} {
		if got := resp.Diagnostics[i].Detail; !strings.HasSuffix(got, "\n\n  See "+troubleshooting+want) {
			t.Errorf("got %q, want a link to %s", got, want)
		}
	}
}

// The link leads to the repository of the source address that main.go states.
func TestTroubleshootingIsInTheRepository(t *testing.T) {
	source, err := os.ReadFile("../../main.go")
	if err != nil {
		t.Fatal(err)
	}
	address := regexp.MustCompile(`(?m)^const address = "[^/]+/([^/]+)/([^"]+)"$`).FindSubmatch(source)
	if address == nil {
		t.Fatal("main.go has no constant address")
	}
	repository := bytes.Join([][]byte{[]byte("https://github.com/"), address[1], []byte("/terraform-provider-"), address[2], []byte("/")}, nil)
	if !strings.HasPrefix(troubleshooting, string(repository)) {
		t.Errorf("%s is not in %s", troubleshooting, repository)
	}
}

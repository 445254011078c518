"""Templates of `--format`, as Go reads them."""

from __future__ import annotations

import pytest

from vethlab.emulated.go_template import Template
from vethlab.emulated.refusal import Refusal

DOCUMENT = {
    "Name": "/web",
    "State": {"Running": True, "Pid": 0},
    "Args": ["a", "b"],
    "Labels": {},
    "Nothing": None,
    "Ports": {"80/tcp": [{"HostPort": "8080"}], "7/udp": None},
    "Networks": {"front": {"IPAddress": "172.20.0.2"}, "back": {"IPAddress": "172.21.0.2"}},
}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("", ""),
        ("plain", "plain"),
        ("{{.Name}}", "/web"),
        ("{{ .State.Running }}", "true"),
        ("{{.Nothing}}", "<no value>"),
        ("{{.State}}", "map[Pid:0 Running:true]"),
        ("{{.Args}}", "[a b]"),
        ("{{json .State}}", '{"Running":true,"Pid":0}'),
        ("{{.Args | json}}", '["a","b"]'),
        ("{{range .Networks}}{{.IPAddress}} {{end}}", "172.21.0.2 172.20.0.2 "),
        ("{{range $name, $on := .Networks}}{{$name}}={{$on.IPAddress}} {{end}}", "back=172.21.0.2 front=172.20.0.2 "),
        ("{{range $i, $word := .Args}}{{$i}}{{$word}}{{end}}", "0a1b"),
        ("{{range $word := .Args}}{{$word}}{{end}}", "ab"),
        ("{{range .Args}}{{$.Name}}{{.}} {{end}}", "/weba /webb "),
        ("{{range .Labels}}x{{else}}none{{end}}", "none"),
        ("{{range .Nothing}}x{{end}}", ""),
        ('{{(index (index .Ports "80/tcp") 0).HostPort}}', "8080"),
        ('{{with index .Ports "80/tcp"}}{{(index . 0).HostPort}}{{end}}', "8080"),
        (
            "{{range $p, $c := .Ports}}{{$p}}:{{if $c}}{{(index $c 0).HostPort}}{{else}}-{{end}} {{end}}",
            "7/udp:- 80/tcp:8080 ",
        ),
        ("{{if .State.Running}}up{{else}}down{{end}}", "up"),
        ("{{if .Labels}}1{{else if .Args}}2{{else}}3{{end}}", "2"),
        ("{{if and .Name (not .Labels)}}y{{end}}", "y"),
        ('{{if eq .Name "/web" "/db"}}y{{end}}', "y"),
        ("{{with .Labels}}x{{else}}{{.Name}}{{end}}", "/web"),
        ("{{$x := .Name}}{{upper $x}}", "/WEB"),
        ('{{join .Args ","}}{{len .Args}}', "a,b2"),
        ('{{printf "%-6s|%q|%d%%" .Name .Name 7}}', '/web  |"/web"|7%'),
        ("{{range .Args}}{{println .}}{{end}}", "a\nb\n"),
        ("{{print `a` 1 true nil}}", "a1true<no value>"),
        ("a {{- .Name -}} b", "a/webb"),
        ("{{/* a remark */}}x", "x"),
        ('{{"}}"}}', "}}"),
    ],
)
def test_templates(template: str, expected: str) -> None:
    assert Template(template).render(DOCUMENT) == expected


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{.Name", "unclosed action"),
        ("{{if .Name}}x", "unexpected EOF"),
        ("{{end}}", "unexpected {{end}}"),
        ("{{else}}", "unexpected {{else}}"),
        ("{{if .Name}}{{else}}{{else}}{{end}}", "expected end"),
        ("{{}}", "missing value"),
        ("{{frob .Name}}", 'function "frob" not defined'),
        ("{{$nobody}}", 'undefined variable "$nobody"'),
        ("{{(.Name}}", "unclosed left paren"),
        ("{{.Name .Args}}", "can't give argument to non-function"),
        ("{{.Name ? 1}}", "unexpected '?'"),
        ("{{.Nope}}", 'no entry for key "Nope"'),
        ("{{.Name.Nope}}", "can't evaluate field Nope"),
        ("{{index .Args 5}}", "out of range"),
        ("{{join .Args}}", "error calling join"),
        ('{{printf "%99999s" .Name}}', "error calling printf"),
        ("{{pad .Name 99999 0}}", "error calling pad"),
        ("{{" + "(" * 3000 + ".Name" + ")" * 3000 + "}}", "nested too deeply"),
        ("{{range .Name}}x{{end}}", "can't iterate over /web"),
    ],
)
def test_templates_that_are_wrong(template: str, words: str) -> None:
    with pytest.raises(Refusal) as refused:
        Template(template).render(DOCUMENT)
    assert refused.value.words.startswith("template parsing error: template: ")
    assert words in refused.value.words
    assert refused.value.status == 64

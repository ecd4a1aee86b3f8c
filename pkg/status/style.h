/* SPDX-License-Identifier: Apache-2.0 */
/* How the page looks. Colours come in pairs for light and dark; a state is always
 * a word too. */
#ifndef REL_STATUS_STYLE_H
#define REL_STATUS_STYLE_H

#define STATUS_STYLE \
	":root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--ink:#1b1f24;" \
	"--dim:#5c6672;--line:#e3e6ea;--good:#1a7f4b;--warn:#9a6200;--bad:#c62f2f;" \
	"--cool:#2563b0;--row:#f2f7ff}" \
	"@media(prefers-color-scheme:dark){:root{--bg:#14171b;--card:#1d2127;" \
	"--ink:#e7eaee;--dim:#98a2ae;--line:#2d333b;--good:#4cc38a;--warn:#e0a63c;" \
	"--bad:#ff6b63;--cool:#79b0f5;--row:#222a35}}" \
	"*{box-sizing:border-box}" \
	"body{margin:0;padding:28px 20px 40px;background:var(--bg);color:var(--ink);" \
	"font:14px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}" \
	"main{max-width:1240px;margin:auto}" \
	"section{background:var(--card);border:1px solid var(--line);" \
	"border-radius:10px;margin:0 0 16px;overflow-x:auto}" \
	".top{padding:20px 22px;border-left:6px solid var(--good)}" \
	".top.none{border-left-color:var(--bad)}.top.none h1{color:var(--bad)}" \
	"h1{font-size:23px;font-weight:650;line-height:1.3;margin:0 0 8px}" \
	"h2{font-size:14px;font-weight:650;margin:0;padding:14px 22px 8px}" \
	".facts{color:var(--dim);margin:0}.facts b{color:var(--ink);font-weight:550}" \
	".facts span{white-space:nowrap;margin-right:18px}" \
	".banner{padding:9px 22px;border-left:6px solid var(--warn)}" \
	".banner p{margin:3px 0}.banner b{color:var(--warn)}" \
	"table{border-collapse:collapse;width:100%}" \
	"th,td{text-align:left;padding:8px 10px;border-top:1px solid var(--line);" \
	"white-space:nowrap}" \
	"th{color:var(--dim);font-size:12px;font-weight:550}" \
	"th:first-child,td:first-child{padding-left:22px}" \
	"th:last-child,td:last-child{padding-right:22px}" \
	".n{text-align:right}.n,.t{font-variant-numeric:tabular-nums}" \
	".m{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;" \
	"font-size:12.5px}" \
	".dim,footer{color:var(--dim)}tr.lead td{background:var(--row)}" \
	".s:before{content:'';display:inline-block;width:9px;height:9px;" \
	"border-radius:50%;margin-right:8px;background:currentColor}" \
	".good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}" \
	".cool{color:var(--cool)}.self{color:var(--dim);font-size:12px}" \
	"td.wrap{white-space:normal}footer{font-size:13px;padding:0 4px}" \
	"a{color:var(--cool)}"

#endif

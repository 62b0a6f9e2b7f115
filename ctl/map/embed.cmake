# SPDX-License-Identifier: Apache-2.0
# cmake -DFOLDER=page -DSCRIPTS=a.js,b.js -DCONNECT=none -DOUT=map_html.c -DNAME=map_html -P embed.cmake:
# map.html with map.css and the scripts in it, as a constant of C, ended by a NUL.
#
# In the page @STYLE@ and @SCRIPT@ stand for the texts, @STYLE-SUM@ and @SCRIPT-SUM@ for what its
# Content-Security-Policy knows them by, so that a browser runs these and nothing else in the page.
cmake_policy(VERSION 3.25)
set(alphabet ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/)

# The SHA-256 of a text in base64: 32 bytes, which are ten threes and two.
function(sum_of text ret)
	string(SHA256 hex "${text}")
	string(APPEND hex 00)
	set(sum "")
	foreach(at RANGE 0 60 6)
		string(SUBSTRING ${hex} ${at} 6 three)
		foreach(shift 18 12 6 0)
			math(EXPR index "(0x${three} >> ${shift}) & 63")
			string(SUBSTRING ${alphabet} ${index} 1 letter)
			string(APPEND sum ${letter})
		endforeach()
	endforeach()
	string(REGEX REPLACE "A$" "=" sum ${sum})
	set(${ret} "sha256-${sum}" PARENT_SCOPE)
endfunction()

file(READ ${FOLDER}/map.html page)
file(READ ${FOLDER}/map.css style)
set(script "\"use strict\";\n")
string(REPLACE "," ";" names ${SCRIPTS})
foreach(name ${names})
	file(READ ${FOLDER}/${name} part)
	string(APPEND script "${part}")
endforeach()
sum_of("${style}" style_sum)
sum_of("${script}" script_sum)
foreach(mark STYLE SCRIPT)
	string(TOLOWER ${mark} name)
	string(REPLACE "@${mark}@" "${${name}}" page "${page}")
	string(REPLACE "@${mark}-SUM@" "${${name}_sum}" page "${page}")
endforeach()
string(REPLACE "@CONNECT@" "${CONNECT}" page "${page}")
string(HEX "${page}" bytes)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
string(REGEX REPLACE "(('....',)('....',)('....',)('....',)('....',)('....',)('....',)('....',))" "\t\\1\n" bytes "${bytes}")
file(WRITE ${OUT} "extern const char ${NAME}[];\nconst char ${NAME}[] = {\n${bytes}0,\n};\n")

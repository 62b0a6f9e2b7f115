# SPDX-License-Identifier: Apache-2.0
# cmake -DIN=map.html -DOUT=map_html.c -DNAME=map_html -P embed.cmake: a file's bytes as a
# constant of C, ended by a NUL.
file(READ ${IN} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "((0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,))" "\t\\1\n" bytes "${bytes}")
file(WRITE ${OUT} "extern const char ${NAME}[];\nconst char ${NAME}[] = {\n${bytes}0x00,\n};\n")

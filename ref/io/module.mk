SRC_xio += ref/io/opts.c ref/io/out.c ref/io/linktype.c ref/io/pcapfile.c ref/io/pcapwrite.c ref/io/wait.c ref/io/child.c ref/io/ether.c ref/io/afpacket.c ref/io/pcapng.c ref/io/where.c
TEST_xio += ref/io/opts_test.c ref/io/ether_test.c ref/io/pcapfile_test.c ref/io/wait_test.c ref/io/child_test.c ref/io/pcapng_test.c
SRC_xio += ref/io/tun.c ref/io/notice.c
TEST_xio += ref/io/notice_test.c
SRC_xio += ref/io/yaml.c ref/io/yaml_tree.c ref/io/yaml_out.c ref/io/json.c ref/io/utf8.c
TEST_xio += ref/io/yaml_test.c ref/io/json_test.c
SRC_xio += ref/io/conf.c ref/io/conf_keys.c ref/io/conf_out.c
TEST_xio += ref/io/conf_test.c

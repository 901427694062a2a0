// Room for texts of megabytes that live for milliseconds.
#pragma once

#include <cstddef>
#include <string>

namespace hakoban {

// Reserves `size` bytes and asks the kernel for huge pages there: a page of 14 MB is then 7 page faults, not
// 3,400. Only advice: without huge pages it is a plain reserve().
void reserve_big(std::string& text, std::size_t size);

}  // namespace hakoban
